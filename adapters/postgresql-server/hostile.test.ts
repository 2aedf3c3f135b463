import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Login } from '../../src/contract/adapter.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { makeStep, moveCall, movingOf } from '../../test/support/moving.ts'
import { postgresServer, type TestServer, withClient } from '../../test/support/postgres-server.ts'
import { asLogin, newTenant, type Tenant } from '../../test/support/postgres-tenant.ts'

const HOSTILE = readFileSync(new URL('./hostile.sql', import.meta.url), 'utf8')

/** Whatever a tenant could gain: roles, memberships, databases, settings. */
async function holdings(server: TestServer): Promise<string> {
  return withClient(server.superuser, async (client) => {
    const questions = [
      'SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls FROM pg_roles ORDER BY 1',
      `SELECT roleid::regrole::text, member::regrole::text, admin_option FROM pg_auth_members ORDER BY 1, 2`,
      'SELECT datname, datdba::regrole::text, datallowconn, datistemplate, datconnlimit, datacl::text FROM pg_database ORDER BY 1',
      'SELECT setdatabase, setrole::regrole::text, setconfig FROM pg_db_role_setting ORDER BY 1, 2',
      'SELECT classoid::regclass::text, description FROM pg_shdescription ORDER BY 1, 2'
    ]
    const answers = []
    for (const question of questions) answers.push((await client.query(question)).rows)
    return JSON.stringify(answers, undefined, 1)
  })
}

describe('a hostile tenant of a shared server', function () {
  this.timeout(60_000)
  let server: TestServer

  before(async () => {
    server = await postgresServer()
  })

  it('gains nothing by anything it plants, and leaves nothing', async () => {
    const file = join(tmpdir(), `portolan-stolen-${process.pid}`)
    const before = await holdings(server)
    const neighbour = await newTenant(server)
    const friend = await neighbour.bind()
    await asLogin(neighbour.access, friend, 'CREATE TABLE precious AS SELECT 42 AS v')
    const alone = await holdings(server)

    const tenant = await newTenant(server)
    const [attacker, reader] = [await tenant.bind(), await tenant.bind({ access: 'read-only' })]
    await plant(tenant, attacker, reader, neighbour, file)

    const heir = await tenant.bind()
    await family.bind?.(tenant.access, attacker, {}, tenant.call)
    const names = { resource: tenant.name, mark: tenant.order.mark }
    await family.prepare?.(tenant.access, names, { defaultPrivileges: true }, tenant.call)
    await examineAndFreeze(server, tenant, neighbour, [attacker, reader])
    expect(await whatRootWouldLose(tenant, attacker)).to.deep.equal({ caught: true, stolen: true })
    await tenant.unbind(attacker)
    await tenant.unbind(reader)
    expect(await asLogin(tenant.access, heir, 'SELECT * FROM public.caught')).to.deep.equal([])
    const own = ['GRANT USAGE ON SCHEMA own TO CURRENT_USER', 'SELECT v FROM own.t']
    expect(await asLogin(tenant.access, heir, own)).to.deep.equal([{ v: 1 }])
    expect(await asLogin(tenant.access, attacker, 'SELECT 1')).to.equal('28P01')
    await tenant.unbind(heir)

    expect(await asLogin(neighbour.access, friend, 'SELECT v FROM precious')).to.deep.equal([{ v: 42 }])
    await tenant.remove()
    expect(await holdings(server)).to.equal(alone)
    await neighbour.remove()
    expect(await holdings(server)).to.equal(before)
    expect(existsSync(file)).to.equal(false)
  })

  it('cannot keep a neighbour from being removed by rights it gives it', async () => {
    const before = await holdings(server)
    const [tenant, neighbour] = [await newTenant(server), await newTenant(server)]
    const [attacker, friend] = [await tenant.bind(), await neighbour.bind()]
    const victims = [neighbour.name, `${neighbour.name}_ro`, friend.name]
    for (const owner of [`"${tenant.name}"`, 'NONE']) {
      for (const victim of victims) {
        const table = `t_${owner.length}_${victims.indexOf(victim)}`
        const answer = await asLogin(
          tenant.access,
          attacker,
          `SET ROLE ${owner}; CREATE TABLE ${table} (v int); GRANT ALL ON ${table} TO "${victim}" WITH GRANT OPTION;
           ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO "${victim}"`
        )
        expect(answer, `${owner} ${victim}`).to.deep.equal([])
      }
    }
    await neighbour.unbind(friend)
    await neighbour.remove()
    await tenant.remove()
    expect(await holdings(server)).to.equal(before)
  })
})

/** What a move does at its source besides reading it. */
async function examineAndFreeze(
  server: TestServer,
  tenant: Tenant,
  neighbour: Tenant,
  logins: readonly Login[]
): Promise<void> {
  const moving = movingOf(tenant, neighbour, logins)
  const call = moveCall()
  await family.move?.examine(moving.from, { access: neighbour.access, stands: true }, call)
  const frozen = async () => {
    await makeStep(server, moving, 'from')
    try {
      const hold = await family.move?.freeze(moving, call)
      await hold?.check()
      await hold?.release()
      return 'frozen'
    } catch (error) {
      return (error as Error).message
    } finally {
      await family.move?.thaw(moving, call)
    }
  }
  expect(await frozen()).to.contain('nobody of this instance has the right to write to them: "own"."t"')
  const [attacker] = logins as [Login]
  await asLogin(tenant.access, attacker, ['SET ROLE NONE', 'GRANT ALL ON SCHEMA own TO CURRENT_USER'])
  expect(await frozen()).to.equal('frozen')
}

/** The trap works: root without the start-up options would give its rights away. Rolled back. */
async function whatRootWouldLose(tenant: Tenant, attacker: Login) {
  return withClient(tenant.access, async (client) => {
    await client.query('BEGIN; SET LOCAL search_path = public, pg_catalog')
    await client.query(`SELECT 'a'::name = 'a'::name`)
    const { rows } = await client.query(
      `SELECT (SELECT count(*) > 0 FROM public.caught) AS caught,
              (SELECT rolcreaterole FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) '${attacker.name}') AS stolen`
    )
    await client.query('ROLLBACK')
    return rows[0]
  })
}

async function plant(tenant: Tenant, attacker: Login, reader: Login, neighbour: Tenant, file: string) {
  const values: Record<string, string> = {
    login: attacker.name,
    reader: reader.name,
    group: tenant.name,
    neighbour: neighbour.name,
    root: tenant.access.user,
    file
  }
  const text = HOSTILE.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(values[key]))
  for (const chunk of text.split(/^(?=-- (?:payload|refused): )/m).slice(1)) {
    const answer = await asLogin(tenant.access, attacker, chunk)
    const title = String(chunk.split('\n')[0])
    if (title.startsWith('-- refused')) expect(answer, title).to.be.oneOf(['42501', '55000'])
    else expect(answer, title).to.be.an('array')
  }
}

describe('two tenants of one server', function () {
  this.timeout(60_000)
  let server: TestServer
  let one: Tenant
  let two: Tenant
  let attacker: Login
  let reader: Login
  let friend: Login

  before(async () => {
    server = await postgresServer()
    one = await newTenant(server)
    two = await newTenant(server)
    attacker = await one.bind()
    reader = await one.bind({ access: 'read-only' })
    friend = await two.bind()
    await asLogin(two.access, friend, 'CREATE TABLE precious AS SELECT 42 AS v')
    await asLogin(one.access, attacker, 'CREATE TABLE mine AS SELECT 1 AS v')
  })

  after(async () => {
    await one.remove()
    await two.remove()
  })

  for (const database of ['postgres', 'template1', 'the other’s database']) {
    it(`cannot enter ${database}`, async () => {
      const name = database.startsWith('the') ? two.name : database
      for (const login of [attacker, reader]) {
        expect(await asLogin(one.access, login, 'SELECT 1', name)).to.equal('42501')
        expect(await asLogin(one.access, login, `SELECT lo_create(0)`, name)).to.equal('42501')
      }
    })
  }

  const attacks: Record<string, () => string> = {
    'become the other’s group': () => `SET ROLE "${two.name}"`,
    'become the other’s login': () => `SET ROLE "${friend.name}"`,
    'become root': () => `SET ROLE "${one.access.user}"`,
    'take another session authorization': () => `SET SESSION AUTHORIZATION "${friend.name}"`,
    'lift its own connection limit': () => `ALTER DATABASE "${one.name}" CONNECTION LIMIT -1`,
    'lift its login’s connection limit': () => `ALTER ROLE "${attacker.name}" CONNECTION LIMIT -1`,
    'make its database a template': () => `ALTER DATABASE "${one.name}" IS_TEMPLATE true`,
    'close its database': () => `ALTER DATABASE "${one.name}" ALLOW_CONNECTIONS false`,
    'rename its database': () => `ALTER DATABASE "${one.name}" RENAME TO other`,
    'own its database': () => `ALTER DATABASE "${one.name}" OWNER TO "${one.name}"`,
    'set a parameter of its database': () => `ALTER DATABASE "${one.name}" SET search_path = public`,
    'drop the other’s database': () => `DROP DATABASE "${two.name}"`,
    'let everybody in': () =>
      `DO $$ BEGIN GRANT CONNECT ON DATABASE "${one.name}" TO PUBLIC; IF has_database_privilege('public', '${one.name}', 'CONNECT') THEN RAISE 'granted'; END IF; RAISE insufficient_privilege; END $$`,
    'comment on its database': () => `COMMENT ON DATABASE "${one.name}" IS 'mine'`,
    'change its mark': () => `COMMENT ON ROLE "${one.name}" IS 'mine'`,
    'change the other’s mark': () => `COMMENT ON ROLE "${two.name}" IS 'mine'`,
    'change the other’s password': () => `ALTER ROLE "${friend.name}" PASSWORD 'x'`,
    'change root’s settings': () => `ALTER ROLE "${one.access.user}" SET search_path = public`,
    'make a role': () => 'CREATE ROLE another',
    'make a database': () => 'CREATE DATABASE another',
    'give its group away': () => `GRANT "${one.name}" TO "${friend.name}"`,
    'take the other’s group': () => `GRANT "${two.name}" TO "${attacker.name}"`,
    'read files': () => `SELECT pg_read_file('postgresql.conf')`,
    'run a program': () => `COPY (SELECT 1) TO PROGRAM 'true'`,
    'read the passwords': () => 'SELECT * FROM pg_authid',
    'set the server’s parameters': () => `ALTER SYSTEM SET max_connections = 1`,
    'lift the limit of temporary files': () => 'SET temp_file_limit = -1',
    'load a language without trust': () => `CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x', 'y'`,
    'subscribe to another server': () => `CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p`
  }
  for (const [attack, sql] of Object.entries(attacks)) {
    it(`cannot ${attack}`, async () => {
      expect(await asLogin(one.access, attacker, sql())).to.equal('42501')
      expect(await asLogin(one.access, attacker, ['SET ROLE NONE', sql()])).to.equal('42501')
    })
  }

  it('cannot end the other’s sessions', async () => {
    const { host, port, database } = two.access
    const who = { host, port, database, user: friend.name, password: friend.password }
    await withClient(who, async (client) => {
      const attack = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${friend.name}'`
      expect(await asLogin(one.access, attacker, attack)).to.equal('42501')
      expect((await client.query('SELECT v FROM precious')).rows).to.deep.equal([{ v: 42 }])
    })
  })

  it('cannot go beyond its connections', async () => {
    const { host, port, database } = one.access
    const who = { host, port, database, user: attacker.name, password: attacker.password }
    const nested = async (left: number): Promise<string> =>
      withClient(who, async () => (left === 0 ? 'all in' : nested(left - 1))).catch(
        (error: { code?: string }) => String(error.code)
      )
    expect(await nested(4)).to.equal('all in')
    expect(await nested(5)).to.equal('53300')
    expect(await asLogin(two.access, friend, 'SELECT v FROM precious')).to.deep.equal([{ v: 42 }])
  })

  it('keeps temporary files within the limit', async () => {
    expect(await asLogin(one.access, attacker, 'SHOW temp_file_limit')).to.deep.equal([
      { temp_file_limit: '2GB' }
    ])
    await asLogin(one.access, attacker, 'SET ROLE NONE; ALTER ROLE CURRENT_USER RESET ALL')
    expect(await asLogin(one.access, attacker, 'SHOW temp_file_limit')).to.deep.equal([
      { temp_file_limit: '2GB' }
    ])
  })
})
