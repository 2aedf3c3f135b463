import { expect } from 'chai'
import pg from 'pg'
import type { Login } from '../../src/contract/adapter.ts'
import { until } from '../../test/support/core.ts'
import { postgresServer, type TestServer, withClient } from '../../test/support/postgres-server.ts'
import { asLogin, newTenant, settingsOf, type Tenant } from '../../test/support/postgres-tenant.ts'
import { adapter } from './index.ts'

describe('a tenant that holds on to what others need', function () {
  this.timeout(90_000)
  let server: TestServer
  let victim: Tenant
  let evil: Tenant
  let bound: Login
  let attacker: Login
  const open: pg.Client[] = []

  before(async () => {
    server = await postgresServer()
  })

  beforeEach(async () => {
    victim = await newTenant(server)
    evil = await newTenant(server)
    bound = await victim.bind()
    attacker = await evil.bind()
  })

  afterEach(async () => {
    for (const client of open.splice(0)) await client.end().catch(() => undefined)
    await evil.remove()
    await victim.remove()
  })

  /** Sends the statements and stays connected, as it is after the last one. */
  async function hold(tenant: Tenant, login: Login, ...statements: readonly string[]): Promise<pg.Client> {
    const { host, port } = tenant.access
    const client = new pg.Client({
      host,
      port,
      database: tenant.name,
      user: login.name,
      password: login.password
    })
    client.on('error', () => undefined)
    await client.connect()
    open.push(client)
    for (const statement of statements) await client.query(statement)
    return client
  }

  async function exists(role: string): Promise<boolean> {
    return withClient(server.superuser, async (client) => {
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])
      return rowCount === 1
    })
  }

  async function isThere(database: string): Promise<boolean> {
    return withClient(server.superuser, async (client) => {
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
      return rowCount === 1
    })
  }

  /** Whether the attacker's table `t` names the role. */
  async function isGiven(role: string): Promise<boolean> {
    return withClient({ ...server.superuser, database: evil.name }, async (client) => {
      const rights = `%${role}=%`
      const { rowCount } = await client.query(
        "SELECT FROM pg_class WHERE relname = 't' AND relacl::text LIKE $1",
        [rights]
      )
      return rowCount === 1
    })
  }

  it('cannot keep its login by a password change that it does not commit', async () => {
    await hold(
      victim,
      bound,
      'RESET ROLE',
      'SET ROLE NONE',
      'BEGIN',
      `ALTER ROLE "${bound.name}" PASSWORD 'mine'`
    )
    await victim.unbind(bound)
    expect(await exists(bound.name)).to.equal(false)
  })

  it('cannot keep a neighbour’s login by a right that it does not commit', async () => {
    await hold(evil, attacker, 'CREATE TABLE t (v int)', 'BEGIN', `GRANT SELECT ON t TO "${bound.name}"`)
    await victim.unbind(bound)
    expect(await exists(bound.name)).to.equal(false)
  })

  it('cannot keep a neighbour’s login by a right in a table that it holds', async () => {
    const grant = `GRANT SELECT ON t TO "${bound.name}"`
    await hold(
      evil,
      attacker,
      'CREATE TABLE t (v int)',
      grant,
      'BEGIN',
      'LOCK TABLE t',
      'GRANT SELECT ON t TO PUBLIC'
    )
    await victim.unbind(bound)
    expect(await exists(bound.name)).to.equal(false)
  })

  it('cannot keep a neighbour’s database by a right that it does not commit', async () => {
    await victim.unbind(bound)
    await hold(
      evil,
      attacker,
      'CREATE TABLE t (v int)',
      'BEGIN',
      `GRANT SELECT ON t TO "${victim.name}", "${victim.name}_ro"`
    )
    await victim.remove()
    expect(await exists(victim.name)).to.equal(false)
  })

  it('cannot keep a neighbour’s login or database by giving them rights again and again', async () => {
    const roles = `"${bound.name}", "${victim.name}", "${victim.name}_ro"`
    // Each turn ends by itself, so that none outlives the test.
    const turn = `DO $$ DECLARE began timestamptz := clock_timestamp();
      BEGIN WHILE clock_timestamp() < began + '2s' LOOP GRANT SELECT ON t TO ${roles}; COMMIT; END LOOP; END $$`
    const attack = { isOver: false }
    const again = async (): Promise<void> => {
      while (!attack.isOver) await asLogin(evil.access, attacker, turn)
    }
    await hold(evil, attacker, 'CREATE TABLE t (v int)')
    const attacks = [again(), again(), again(), again()]
    try {
      await until(() => isGiven(bound.name))
      await victim.unbind(bound)
      expect(await asLogin(victim.access, bound, 'SELECT 1')).to.equal('28P01')
      await victim.remove()
      expect(await isThere(victim.name)).to.equal(false)
    } finally {
      attack.isOver = true
      await Promise.all(attacks)
    }
    const findings = (await adapter.open(settingsOf(server)).inspect?.(victim.call)) ?? []
    const left = findings.filter(
      ({ level, text }) => level === 'warning' && text.includes(`"${victim.name}"`)
    )
    for (const { remedy } of left) expect(remedy).to.include(evil.name).and.include('DROP ROLE')
    expect(left).to.have.length((await exists(victim.name)) ? 1 : 0)
    // A delete whose answer was lost is repeated.
    await victim.remove()
  })
})
