import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { toolsPort } from '../../src/transport/tools.ts'

describe('the tools port', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-tools-'))
  })

  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function program(place: string, script: string, name = 'portolan-dump'): string {
    mkdirSync(join(folder, place), { recursive: true })
    const path = join(folder, place, name)
    writeFileSync(path, `#!/bin/sh\n${script}\n`)
    chmodSync(path, 0o755)
    return path
  }

  const telling = (version: string) => `echo "portolan-dump (PostgreSQL) ${version} (Debian 9.9-1)"`
  const find = (...places: string[]) =>
    toolsPort({ folders: places.map((place) => join(folder, place)) })('portolan-dump')

  it('finds every program of the name, the newest first', async () => {
    const old = program('a', telling('9.6.24'))
    const newer = program('b', telling('15.18'))
    const newest = program('c', telling('16.2'))
    const beta = program('d', telling('18beta1'))
    expect(await find('a', 'b', 'c', 'd', 'nowhere')).to.deep.equal([
      { program: beta, version: '18' },
      { program: newest, version: '16.2' },
      { program: newer, version: '15.18' },
      { program: old, version: '9.6.24' }
    ])
  })

  it('leaves out what fails, tells no version, may not be run, or is a wrapper of another name', async () => {
    program('a', 'exit 1')
    program('b', 'echo hello')
    chmodSync(program('c', telling('15.1')), 0o644)
    mkdirSync(join(folder, 'd'))
    symlinkSync(program('e', telling('15.2'), 'wrapper'), join(folder, 'd', 'portolan-dump'))
    expect(await find('a', 'b', 'c', 'd')).to.deep.equal([])
  })

  it('names one that several ways lead to once', async () => {
    const path = program('a', telling('15.1'))
    mkdirSync(join(folder, 'b'))
    symlinkSync(path, join(folder, 'b', 'portolan-dump'))
    expect(await find('a', 'b')).to.deep.equal([{ program: path, version: '15.1' }])
  })

  it('asks each once, and again after an upgrade', async () => {
    const counting = (version: string) => `echo asked >> ${join(folder, 'asked')}; ${telling(version)}`
    const path = program('a', counting('15.1'))
    expect((await find('a'))[0]?.version).to.equal('15.1')
    rmSync(join(folder, 'asked'))
    expect((await find('a'))[0]?.version).to.equal('15.1')
    expect(existsSync(join(folder, 'asked'))).to.equal(false)
    program('a', counting('15.2'))
    utimesSync(path, new Date(), new Date(Date.now() + 5000))
    expect((await find('a'))[0]?.version).to.equal('15.2')
  })

  it('asks without our environment', async () => {
    process.env['PORTOLAN_TOOLS_TEST'] = '66.6'
    try {
      program('a', `echo "version \${PORTOLAN_TOOLS_TEST:-15.1}"`)
      expect((await find('a'))[0]?.version).to.equal('15.1')
    } finally {
      delete process.env['PORTOLAN_TOOLS_TEST']
    }
  })

  it('asks for no path', async () => {
    const failure: unknown = await toolsPort()('../pg_dump').catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(TypeError)
  })

  it('finds the pg_dump of a Debian package', async function () {
    if (!existsSync('/usr/lib/postgresql')) this.skip()
    const [tool] = await toolsPort()('pg_dump')
    expect(tool?.program).to.match(/^\/usr\/lib\/postgresql\/\d+\/bin\/pg_dump$/)
    expect(tool?.version).to.match(/^\d+\.\d+$/)
  })
})
