import { strict as assert } from 'node:assert'
import { serverNotes } from '../../../../src/families/postgresql/move/server-facts.ts'

describe('the facts of two servers', () => {
  const facts = (told: Readonly<Record<string, string>>) => ({
    major: 15,
    superuser: 'postgres',
    told: new Map(Object.entries(told))
  })

  it('are told where they differ, and never where only one server knows them', () => {
    const from = facts({
      'server setting TimeZone': 'UTC',
      'server setting lc_time': 'C',
      'version of collation x': '1'
    })
    const to = facts({ 'server setting TimeZone': 'Europe/Berlin', 'server setting lc_time': 'C' })
    assert.deepEqual(serverNotes(from, to), [
      'server setting TimeZone: UTC at the source, Europe/Berlin at the target.'
    ])
  })
})
