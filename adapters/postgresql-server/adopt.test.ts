import { expect } from 'chai'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Driver, Handle } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { freshLogin, freshName } from '../../test/conformance/fresh.ts'
import { postgresServer, type TestServer, withClient } from '../../test/support/postgres-server.ts'
import { asLogin, driverOf, postgresqlCall, settingsOf } from '../../test/support/postgres-tenant.ts'
import { orderFor } from '../../test/support/tenant.ts'

const call = postgresqlCall()

const SHOP = [
  'CREATE SCHEMA back',
  "CREATE TYPE public.mood AS ENUM ('good', 'bad')",
  'CREATE TABLE public.things (id serial PRIMARY KEY, mood mood, title text)',
  'CREATE TABLE back.orders (id int GENERATED ALWAYS AS IDENTITY, thing int) PARTITION BY RANGE (id)',
  'CREATE TABLE back.first_orders PARTITION OF back.orders FOR VALUES FROM (1) TO (100)',
  'CREATE SEQUENCE back.alone',
  'CREATE VIEW back.titles AS SELECT title FROM public.things',
  'CREATE MATERIALIZED VIEW back.kept AS SELECT title FROM public.things',
  'CREATE FUNCTION back.twice(i int) RETURNS int LANGUAGE sql AS $$ SELECT i * 2 $$',
  'CREATE AGGREGATE back.total(int) (SFUNC = int4pl, STYPE = int)',
  'CREATE STATISTICS back.known ON id, title FROM public.things',
  "INSERT INTO public.things (mood, title) VALUES ('good', 'one'), ('bad', 'two')",
  'CREATE EXTENSION citext'
]

describe('the driver postgresql of postgresql-server takes over a database that somebody made by hand', function () {
  this.timeout(60_000)
  let server: TestServer
  let driver: Driver

  before(async () => {
    server = await postgresServer()
    driver = driverOf(settingsOf(server))
  })

  const asSuperuser = (sql: string, database = 'postgres') =>
    withClient({ ...server.superuser, database }, async (client) => (await client.query(sql)).rows)
  const asRoot = (sql: string, database = 'postgres') =>
    withClient({ ...server.managedRoot, database }, async (client) => (await client.query(sql)).rows)

  /** A shop that root owns, and nobody else may enter. */
  async function shop(statements: readonly string[] = []): Promise<string> {
    const name = freshName('p')
    await asRoot(`CREATE DATABASE ${name}`)
    await asRoot(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
    await withClient({ ...server.managedRoot, database: name }, async (client) => {
      for (const each of statements) await client.query(each)
    })
    return name
  }

  async function adopted(name: string): Promise<Handle> {
    const order = orderFor(name)
    const chosen = await driver.adopt?.(order, undefined, call)
    if (chosen?.state !== 'pending') throw new Error(chosen?.state)
    const taken = await driver.adopt?.(order, chosen.handle, call)
    if (taken?.state !== 'ready') throw new Error(taken?.state)
    return taken.handle
  }

  async function refusal(name: string): Promise<string> {
    return adopted(name).then(
      () => 'taken over',
      (error: unknown) =>
        error instanceof ProviderFailure ? `${error.kind}: ${error.message}` : String(error)
    )
  }

  const inside = (name: string) =>
    asSuperuser(
      `SELECT c.relname, pg_get_userbyid(c.relowner) AS owner FROM pg_class c WHERE c.oid >= 16384 AND relkind <> 't'
       UNION ALL SELECT proname, pg_get_userbyid(proowner) FROM pg_proc p WHERE oid >= 16384
       UNION ALL SELECT datname, pg_get_userbyid(datdba) || datconnlimit FROM pg_database WHERE datname = current_database()
       ORDER BY 1, 2`,
      name
    )

  it('with its data, whole and writable, once however often it is asked, and removes it as its own', async () => {
    const name = await shop(SHOP)
    const other = await shop()
    const order = orderFor(name)
    const names = { resource: name, mark: order.mark }
    const handle = await adopted(name)
    expect(await adopted(name)).to.deep.equal(handle)
    expect(await driver.observe(handle, call)).to.deep.equal({ state: 'ready', handle })
    const access = (await driver.access?.(handle, call)) as PostgresqlAccess
    await family.prepare?.(access, names, { defaultPrivileges: true }, call)
    const [writer, reader] = [freshLogin(), freshLogin()]
    await family.bind?.(access, writer, {}, call)
    await family.bind?.(access, reader, { access: 'read-only' }, call)

    expect(
      await asLogin(access, writer, [
        "INSERT INTO things (mood, title) VALUES ('good', 'three')",
        'INSERT INTO back.orders (thing) VALUES (3)',
        'ALTER TABLE things ADD COLUMN price int, DROP COLUMN mood',
        'DROP MATERIALIZED VIEW back.kept',
        'ALTER TABLE back.orders ADD COLUMN note text',
        'SELECT back.twice(count(*)::int) AS twice FROM things'
      ])
    ).to.deep.equal([{ twice: 6 }])
    expect(await asLogin(access, reader, 'SELECT title FROM back.titles ORDER BY 1')).to.deep.equal([
      { title: 'one' },
      { title: 'three' },
      { title: 'two' }
    ])
    expect(await asLogin(access, reader, 'DELETE FROM things')).to.equal('42501')
    const [database] = await asSuperuser(
      `SELECT datconnlimit, datdba::regrole::text AS owner FROM pg_database WHERE datname = '${name}'`
    )
    expect(database).to.deep.equal({ datconnlimit: 5, owner: server.managedRoot.user })
    const [neighbour] = await asSuperuser(
      `SELECT datdba::regrole::text AS owner FROM pg_database WHERE datname = '${other}'`
    )
    expect(neighbour, 'another database of the same owner').to.deep.equal({ owner: server.managedRoot.user })

    await family.release?.(access, names, call)
    expect(await driver.destroy(handle, call)).to.deep.equal({ state: 'gone' })
    expect(await asSuperuser(`SELECT FROM pg_database WHERE datname = '${name}'`)).to.deep.equal([])
    expect(await asSuperuser(`SELECT FROM pg_roles WHERE rolname LIKE '${name}%'`)).to.deep.equal([])
    await asRoot(`DROP DATABASE ${other}`)
  })

  it('of an owner whom root may act for, who keeps nothing in it', async () => {
    const name = await shop()
    const owner = freshName('b')
    await asRoot(`CREATE ROLE ${owner} NOLOGIN`)
    await asRoot(`GRANT ${owner} TO CURRENT_USER`)
    await asRoot(`ALTER DATABASE ${name} OWNER TO ${owner}`)
    await asRoot(`SET ROLE ${owner}; CREATE TABLE t (i int); INSERT INTO t VALUES (1)`, name)
    const handle = await adopted(name)
    expect(await asRoot(`SELECT FROM pg_shdepend WHERE refobjid = '${owner}'::regrole`)).to.deep.equal([])
    await asSuperuser(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    expect(await asRoot('SELECT i FROM t', name)).to.deep.equal([{ i: 1 }])
    await driver.destroy(handle, call)
    await asRoot(`DROP ROLE ${owner}`)
  })

  const STRANGER = 'adoption_stranger'
  const REFUSED: Readonly<Record<string, { plant: (name: string) => Promise<unknown>; says: string }>> = {
    'is open to everybody': {
      plant: (name) => asRoot(`GRANT CONNECT ON DATABASE ${name} TO PUBLIC`),
      says: 'invalid: The database cannot be taken over: everybody may enter it'
    },
    'belongs to a superuser': {
      plant: (name) => asSuperuser(`ALTER DATABASE ${name} OWNER TO CURRENT_USER`),
      says: 'nobody that the broker may act for'
    },
    'belongs to somebody else': {
      plant: (name) => asSuperuser(`ALTER DATABASE ${name} OWNER TO ${STRANGER}`),
      says: 'nobody that the broker may act for'
    },
    'lets another role in': {
      plant: (name) => asRoot(`GRANT CONNECT ON DATABASE ${name} TO ${STRANGER}`),
      says: `the role ${STRANGER} has rights in it`
    },
    'lets another role read': {
      plant: (name) => asRoot(`CREATE TABLE t (); GRANT SELECT ON t TO ${STRANGER}`, name),
      says: `the role ${STRANGER} has rights in it`
    },
    'has a table of another role': {
      plant: (name) => asSuperuser(`CREATE TABLE t (); ALTER TABLE t OWNER TO ${STRANGER}`, name),
      says: `${STRANGER} owns table public.t`
    },
    'has a table of a superuser': {
      plant: (name) => asSuperuser('CREATE TABLE t ()', name),
      says: 't belongs to a superuser'
    },
    'has a function of a superuser': {
      plant: (name) =>
        asSuperuser('CREATE FUNCTION f() RETURNS int SECURITY DEFINER LANGUAGE sql AS $$ SELECT 1 $$', name),
      says: 'f() belongs to a superuser'
    },
    'has an event trigger': {
      plant: (name) =>
        asSuperuser(
          `CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
           CREATE EVENT TRIGGER watches ON ddl_command_start EXECUTE FUNCTION f()`,
          name
        ),
      says: 'it has the event trigger watches'
    },
    'has an extension that only a superuser makes': {
      plant: (name) => asSuperuser('CREATE EXTENSION dblink', name),
      says: 'it has the extension dblink'
    },
    'has a publication': {
      plant: (name) => asRoot('CREATE PUBLICATION tells', name),
      says: 'it has the publication tells'
    },
    'has default privileges': {
      plant: (name) => asRoot('ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', name),
      says: 'it has the default acl'
    },
    'has a role of its name': {
      plant: (name) => asRoot(`CREATE ROLE ${name}`),
      says: 'already'
    },
    'carries the mark of another broker': {
      plant: async (name) => {
        await asRoot(`CREATE ROLE ${name}`)
        await asRoot(`COMMENT ON ROLE ${name} IS 'portolan {"broker":"other","resource":"r","generation":1}'`)
      },
      says: 'conflict: The group of this name has another mark.'
    }
  }

  it('refuses with the reason what is not safe to have, and leaves it as it was', async () => {
    await asSuperuser(`CREATE ROLE ${STRANGER}`)
    for (const [title, { plant, says }] of Object.entries(REFUSED)) {
      const name = await shop()
      await plant(name)
      const before = await inside(name)
      expect(await refusal(name), title).to.include(says)
      expect(await inside(name), title).to.deep.equal(before)
      await asSuperuser(`DROP DATABASE ${name}`)
      await asSuperuser(`DROP ROLE IF EXISTS ${name}`)
    }
    await asSuperuser(`DROP ROLE ${STRANGER}`)
  })

  it('refuses what somebody is at work in, and a name that is no name of ours', async () => {
    const name = await shop()
    await withClient({ ...server.managedRoot, database: name }, async () => {
      expect(await refusal(name)).to.include('is at work in it')
    })
    await asRoot(`DROP DATABASE ${name}`)
    await asRoot('CREATE DATABASE "Big Shop"')
    expect(await refusal('Big Shop')).to.include('small letters')
    await asRoot('DROP DATABASE "Big Shop"')
    expect(await refusal(freshName('p'))).to.include('No server in the region "here" has this database')
  })

  it('refuses what became unsafe after it was looked at', async () => {
    const name = await shop()
    const order = orderFor(name)
    const chosen = await driver.adopt?.(order, undefined, call)
    if (chosen?.state !== 'pending') throw new Error(chosen?.state)
    expect(await asSuperuser(`SELECT FROM pg_roles WHERE rolname = '${name}'`)).to.deep.equal([])
    await asSuperuser('CREATE TABLE t ()', name)
    const answer = await driver.adopt?.(order, chosen.handle, call).then(
      () => 'taken over',
      (error: unknown) => (error as Error).message
    )
    expect(answer).to.include('belongs to a superuser')
    expect(await asSuperuser(`SELECT FROM pg_roles WHERE rolname = '${name}'`)).to.deep.equal([])
    await asSuperuser(`DROP DATABASE ${name}`)
  })
})
