import { expect } from 'chai'
import { inspectProvider } from '../../src/registry/inspect-provider.ts'
import { ended } from '../../test/support/failures.ts'
import { hostilePostgres, message } from '../../test/support/hostile-postgres.ts'
import { postgresServer, type TestServer, withClient } from '../../test/support/postgres-server.ts'
import { newTenant, postgresqlCall, settingsOf } from '../../test/support/postgres-tenant.ts'
import { adapter } from './index.ts'

const call = postgresqlCall()

describe('portolan doctor on a shared server', function () {
  this.timeout(30_000)
  let server: TestServer

  before(async () => {
    server = await postgresServer()
  })

  const inspect = async () => (await adapter.open(settingsOf(server)).inspect?.(call)) ?? []
  const refusals = async () => (await inspect()).filter((finding) => finding.level === 'refused')

  it('finds nothing to refuse on one that is set up as said', async () => {
    expect(await refusals()).to.deep.equal([])
  })

  it('reports what each database takes', async () => {
    const tenant = await newTenant(server)
    const texts = (await inspect()).map((finding) => finding.text)
    expect(texts.some((text) => text.startsWith(`database ${tenant.name}: `))).to.equal(true)
    await tenant.remove()
  })

  const holes = {
    'everybody may enter postgres': [
      'GRANT CONNECT ON DATABASE postgres TO PUBLIC',
      /Every tenant may enter "postgres"/
    ],
    'template1 is open too': ['GRANT CONNECT, TEMPORARY ON DATABASE template1 TO PUBLIC', /"template1"/],
    'the broker is a superuser': ['ALTER ROLE portolan_root SUPERUSER', /superuser/],
    'the broker cannot make roles': ['ALTER ROLE portolan_root NOCREATEROLE', /lacks CREATEROLE/],
    'temporary files have no limit': [
      'REVOKE SET ON PARAMETER temp_file_limit FROM portolan_root',
      /temporary files/
    ]
  } as const
  for (const [hole, [statement, text]] of Object.entries(holes)) {
    it(`refuses it while ${hole}, and its own statement closes that`, async () => {
      await withClient(server.superuser, (client) => client.query(statement))
      const [first] = (await refusals()).filter((finding) => text.test(finding.text))
      expect(first?.subject).to.equal('server main')
      await withClient(server.superuser, (client) => client.query(first?.remedy ?? ''))
      expect(await refusals()).to.deep.equal([])
    })
  }

  it('refuses one that has promised too much', async () => {
    const tenant = await newTenant(server, { connections: 20 })
    const settings = settingsOf(server, { maxConnections: 5 })
    const findings = (await adapter.open(settings).inspect?.(call)) ?? []
    expect(findings.some((each) => each.level === 'refused' && /promised/.test(each.text))).to.equal(true)
    await tenant.remove()
  })

  it('refuses one it cannot enter, and says nothing of the password', async () => {
    const settings = settingsOf(server, { password: 'Very-Wrong-1' })
    const findings = (await adapter.open(settings).inspect?.(call)) ?? []
    expect(findings.map((each) => each.level)).to.deep.equal(['refused'])
    expect(JSON.stringify(findings)).not.to.contain('Very-Wrong-1')
  })

  // As PostgreSQL 15 says it on a full disk, and as newer versions do.
  const full = {
    'in words only': ['XX000', 'could not write init file'],
    'by its state': ['53100', 'could not write init file: No space left on device']
  } as const
  for (const [how, [code, words]] of Object.entries(full)) {
    it(`says of one that lets nobody in because its disk is full, and tells so ${how}, that its disk is full`, async () => {
      const answer = message('E', `SFATAL\0VFATAL\0C${code}\0M${words}\0\0`)
      const away = await hostilePostgres(answer)
      try {
        const opened = adapter.open(settingsOf(server, { port: away.port }))
        const findings = await inspectProvider(opened, call, undefined)
        expect(findings).to.deep.equal([
          {
            subject: 'server main',
            level: 'refused',
            text: `The disk of the database server is full: there is no room for the login to the database postgres (SQLSTATE ${code}).`,
            remedy: 'Make room on its disk: work that waits goes on by itself.'
          }
        ])
        expect(await ended(opened.ping(call))).to.equal('unavailable')
      } finally {
        await away.close()
      }
    })
  }
})
