import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { lockData } from '../../src/local/lock.ts'
import { processAt } from '../../src/local/processes.ts'
import { spawnScript } from './data-folder.ts'
import { makeZombie } from './zombie.ts'

describe('the lock on a data folder', function () {
  this.timeout(60_000)
  let dataDir: string
  const children: ChildProcess[] = []

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'portolan-lock-'))
  })

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  })

  const contender = async () => {
    const child = spawnScript('lock-contender', [dataDir])
    children.push(child)
    const [line] = (await once(child.stdout as NonNullable<typeof child.stdout>, 'data')) as [Buffer]
    return { child, state: String(line).trim() }
  }

  /** A lock left by a process that looked like this. */
  const leave = (owner: object) => {
    const attempt = lockData(dataDir)
    if (attempt.state !== 'taken') throw new Error('not free')
    const [name] = readdirSync(dataDir) as [string]
    const ours = JSON.parse(readFileSync(join(dataDir, name), 'utf8'))
    writeFileSync(join(dataDir, name), JSON.stringify({ ...ours, ...owner }))
  }

  it('is held by one, and free after its release', () => {
    const first = lockData(dataDir)
    expect(first.state).to.equal('taken')
    expect(lockData(dataDir)).to.deep.equal({ state: 'held', by: { pid: process.pid } })
    if (first.state === 'taken') first.lock.release()
    expect(lockData(dataDir).state).to.equal('taken')
  })

  it('does not let a second release give away what another has taken since', () => {
    const first = lockData(dataDir)
    if (first.state === 'taken') first.lock.release()
    lockData(dataDir)
    if (first.state === 'taken') first.lock.release()
    expect(lockData(dataDir).state).to.equal('held')
  })

  it('names its living owner', async () => {
    const { child } = await contender()
    expect(lockData(dataDir)).to.deep.equal({ state: 'held', by: { pid: child.pid } })
  })

  it('is taken over when its owner was killed', async () => {
    const { child } = await contender()
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    expect(lockData(dataDir).state).to.equal('taken')
  })

  it('is taken over when its owner is a zombie', async () => {
    const zombie = await makeZombie()
    try {
      leave({ pid: zombie.pid, startedAt: zombie.startedAt })
      expect(lockData(dataDir).state).to.equal('taken')
    } finally {
      zombie.remove()
    }
  })

  it('is taken over when its owner’s pid is another process by now, or from before a reboot', () => {
    leave({ startedAt: 'long ago' })
    leave({ pid: 1, startedAt: 'long ago' })
    leave({ boot: 'another' })
    leave({ pid: 2 ** 22 + 1 })
    expect(lockData(dataDir).state).to.equal('taken')
  })

  it('is taken over when what it holds is not a lock of ours', () => {
    leave({ pid: 'x' })
    expect(lockData(dataDir).state).to.equal('taken')
  })

  it('is taken by exactly one of several that find a dead one at once', async () => {
    leave({ startedAt: 'long ago' })
    const contenders = await Promise.all([contender(), contender(), contender(), contender()])
    const states = contenders.map(({ state }) => state)
    expect(states).to.have.members(['held', 'held', 'held', 'taken'])
    expect(readdirSync(dataDir)).to.have.length(1)
    expect(contenders.every(({ child }) => processAt(child.pid as number) !== undefined)).to.equal(true)
  })

  it('can be read by its owner only', () => {
    lockData(dataDir)
    expect(readdirSync(dataDir).map((name) => statSync(join(dataDir, name)).mode & 0o777)).to.deep.equal([
      0o600
    ])
  })
})
