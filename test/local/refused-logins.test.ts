import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { newRecord, writeRecord } from '../../src/local/record.ts'
import { refusedLogins } from '../../src/local/refused-logins.ts'

describe('SW-32 the log of a local server', () => {
  const login = `b${'a'.repeat(20)}`
  const other = `b${'c'.repeat(20)}`
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-refused-'))
    mkdirSync(join(folder, 'local'))
    writeRecord(folder, await newRecord())
    writeFileSync(
      join(folder, 'local', 'berlin.log'),
      [
        `2026-11-27 10:00:00.000 UTC [7] FATAL:  password authentication failed for user "${login}"`,
        `2026-11-27 12:00:00.000 UTC [8] FATAL:  password authentication failed for user "${login}"`,
        `2026-11-27 12:00:01.500 UTC [9] FATAL:  role "${login}" is not permitted to log in`,
        `2026-11-27 12:00:02.000 UTC [9] FATAL:  password authentication failed for user "${other}"`,
        '2026-11-27 12:00:03.000 UTC [9] FATAL:  password authentication failed for user "portolan"',
        '2026-11-27 12:00:04.000 UTC [9] LOG:  checkpoint starting: time'
      ].join('\n')
    )
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('tells which logins were turned away since a time, how often and when last', async () => {
    const since = Date.parse('2026-11-27T11:00:00Z')
    expect(await refusedLogins(folder, 'berlin', since)).to.deep.equal([
      { login, times: 2, lastAt: Date.parse('2026-11-27T12:00:01.500Z') },
      { login: other, times: 1, lastAt: Date.parse('2026-11-27T12:00:02Z') }
    ])
  })

  it('tells nothing for a server without a log, and for a provider that is not local', async () => {
    expect(await refusedLogins(folder, 'paris', 0)).to.deep.equal([])
    expect(await refusedLogins(folder, 'scaleway', 0)).to.deep.equal([])
  })
})
