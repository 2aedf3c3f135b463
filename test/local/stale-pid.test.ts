import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { pidFile } from '../../src/local/postmaster.ts'
import { processAt } from '../../src/local/processes.ts'
import { type DataFolder, removeDataFolders, usedDataFolder } from './data-folder.ts'
import { makeZombie } from './zombie.ts'

describe('a postmaster.pid that a crash left behind', function () {
  this.timeout(60_000)
  let folder: DataFolder

  beforeEach(async () => {
    folder = await usedDataFolder()
  })

  afterEach(removeDataFolders)

  const leave = (pid: number) =>
    writeFileSync(
      pidFile(folder.dataOf('berlin')),
      `${pid}\n${folder.dataOf('berlin')}\n1700000000\n20000\n\n127.0.0.1\n  1  1\nready   \n`
    )

  it('does not block a start when its process is dead', async () => {
    const child = spawn('/bin/true')
    await new Promise((resolve) => child.once('exit', resolve))
    leave(child.pid as number)
    await folder.start()
    expect(folder.pidOf('berlin')).to.be.greaterThan(0)
  })

  it('does not block a start when its process is a zombie', async () => {
    const zombie = await makeZombie()
    try {
      leave(zombie.pid)
      await folder.start()
      expect(folder.pidOf('berlin')).to.be.greaterThan(0).and.not.to.equal(zombie.pid)
    } finally {
      zombie.remove()
    }
  })

  it('does not block a start, nor harm the process, when its pid is another program by now', async () => {
    leave(process.pid)
    await folder.start()
    expect(folder.pidOf('berlin')).to.be.greaterThan(0).and.not.to.equal(process.pid)
  })

  it('does not block a start, nor harm the neighbour, when its pid is the other server by now', async () => {
    const other = await usedDataFolder()
    await other.start()
    const neighbour = other.pidOf('paris')
    leave(neighbour)
    await folder.start()
    expect(folder.pidOf('berlin')).to.be.greaterThan(0).and.not.to.equal(neighbour)
    expect(processAt(neighbour)).not.to.equal(undefined)
  })

  it('does not block a start when it was cut off', async () => {
    writeFileSync(pidFile(folder.dataOf('berlin')), '')
    await folder.start()
    expect(folder.pidOf('berlin')).to.be.greaterThan(0)
  })
})
