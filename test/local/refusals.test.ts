import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { packageName } from '../../src/local/binaries.ts'
import { LocalServerError } from '../../src/local/local-server-error.ts'
import { newRecord, readRecord, recordPath, withServer, writeRecord } from '../../src/local/record.ts'
import { accessOf, type DataFolder, newDataFolder, removeDataFolders, usedDataFolder } from './data-folder.ts'

describe('a local server that cannot run', function () {
  this.timeout(60_000)
  let folder: DataFolder
  const listeners: Server[] = []

  beforeEach(() => {
    folder = newDataFolder()
  })

  afterEach(async () => {
    for (const listener of listeners.splice(0)) listener.close()
    await removeDataFolders()
  })

  const occupy = async (port: number) => {
    const listener = createServer().listen(port, '127.0.0.1')
    listeners.push(listener)
    await once(listener, 'listening')
  }

  const refusal = async (start: Promise<unknown>): Promise<LocalServerError> => {
    const error = await start.then(
      () => new Error('it started'),
      (reason: Error) => reason
    )
    if (!(error instanceof LocalServerError)) throw error
    return error
  }

  /** A package whose programs are shell scripts. */
  const scripted = (script: string) => {
    const root = join(dirname(folder.dataDir), 'package')
    mkdirSync(join(root, 'native', 'bin'), { recursive: true })
    writeFileSync(join(root, 'package.json'), '{"version":"0"}')
    for (const name of ['initdb', 'postgres'])
      writeFileSync(join(root, 'native', 'bin', name), script, { mode: 0o755 })
    return () => join(root, 'dist', 'index.js')
  }

  it('names port and file when its port was taken meanwhile, and leaves the other stopped', async () => {
    folder = await usedDataFolder()
    const port = readRecord(folder.dataDir)?.servers.berlin.port as number
    await occupy(port)
    const error = await refusal(folder.start())
    expect(error.kind).to.equal('port-taken')
    expect(error.message).to.equal(
      `Port ${port} of the local server berlin is taken by another program: stop that program, or name another port in ${recordPath(folder.dataDir)} (bindings made so far carry the old one).`
    )
    expect(folder.pidOf('paris')).to.be.NaN
  })

  it('takes another port when its port is taken at the first start, and remembers it', async () => {
    const record = await newRecord()
    const { port } = record.servers.berlin
    writeRecord(folder.dataDir, record)
    await occupy(port)
    const providers = await folder.start()
    const chosen = accessOf(providers.settings.berlin).port
    expect(chosen).not.to.equal(port)
    expect(readRecord(folder.dataDir)?.servers.berlin).to.include({ port: chosen, hasStarted: true })
  })

  it('names the package when its binaries are not installed', async () => {
    const resolve = () => {
      throw new Error('Cannot find package')
    }
    const error = await refusal(folder.start({ resolve }))
    expect(error.kind).to.equal('missing-binary')
    expect(error.message).to.contain(packageName()).and.to.contain('npm ci')
  })

  it('names the package when its binaries are gone from it', async () => {
    const resolve = scripted('')
    rmSync(join(dirname(folder.dataDir), 'package', 'native', 'bin', 'postgres'))
    expect((await refusal(folder.start({ resolve }))).kind).to.equal('missing-binary')
  })

  it('says that the program does not run here when its libraries are missing', async () => {
    const resolve = scripted(
      '#!/bin/sh\necho "initdb: error while loading shared libraries: libicuuc.so.60" >&2\nexit 127\n'
    )
    const error = await refusal(folder.start({ resolve }))
    expect(error.kind).to.equal('missing-binary')
    expect(error.message).to.contain('libicuuc.so.60')
  })

  it('says that the disk is full, leaves no half-made data, and can be started later', async () => {
    const resolve = scripted(
      '#!/bin/sh\necho "FATAL:  could not write file: No space left on device" >&2\nexit 1\n'
    )
    const error = await refusal(folder.start({ resolve }))
    expect(error.kind).to.equal('disk-full')
    expect(error.message).to.match(
      /^The disk is full: the local server (berlin|paris) could not write below \/.*\.$/
    )
    expect(existsSync(folder.dataOf('berlin')) || existsSync(`${folder.dataOf('berlin')}.new`)).to.equal(
      false
    )
    await folder.start()
    expect(folder.pidOf('berlin')).to.be.greaterThan(0)
  })

  it('is made anew when the first start was cut off', async () => {
    folder = await usedDataFolder()
    const record = readRecord(folder.dataDir)
    if (record !== undefined) writeRecord(folder.dataDir, withServer(record, 'berlin', { hasStarted: false }))
    renameSync(folder.dataOf('berlin'), `${folder.dataOf('berlin')}.new`)
    await folder.start()
    expect(existsSync(`${folder.dataOf('berlin')}.new`)).to.equal(false)
  })

  it('refuses passwords that others can read', async () => {
    folder = await usedDataFolder()
    chmodSync(recordPath(folder.dataDir), 0o640)
    const error = await refusal(folder.start())
    expect(error.kind).to.equal('permission')
    expect(error.message).to.contain(recordPath(folder.dataDir)).and.to.contain('chmod 600')
  })

  it('refuses to begin with empty servers when its data or its record is gone', async () => {
    folder = await usedDataFolder()
    const kept = readFileSync(recordPath(folder.dataDir))
    rmSync(recordPath(folder.dataDir))
    expect((await refusal(folder.start())).message).to.contain('put that file back')
    writeFileSync(recordPath(folder.dataDir), 'half', { mode: 0o600 })
    expect((await refusal(folder.start())).message).to.contain('is damaged')
    writeFileSync(recordPath(folder.dataDir), kept, { mode: 0o600 })
    rmSync(folder.dataOf('paris'), { recursive: true })
    expect((await refusal(folder.start())).message).to.contain('The data of the local server paris is gone')
  })
})
