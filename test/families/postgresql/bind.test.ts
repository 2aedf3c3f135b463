import { expect } from 'chai'
import pg from 'pg'
import type { Login } from '../../../src/contract/adapter.ts'
import { family } from '../../../src/families/postgresql/index.ts'
import { freshLogin } from '../../conformance/fresh.ts'
import { postgresServer, type TestServer, withClient } from '../../support/postgres-server.ts'
import { asLogin, newTenant, type Tenant } from '../../support/postgres-tenant.ts'

describe('bindings of the family postgresql', function () {
  this.timeout(30_000)
  let server: TestServer
  let tenant: Tenant

  before(async () => {
    server = await postgresServer()
    tenant = await newTenant(server)
  })

  after(() => tenant.remove())

  const ask = (login: Login, sql: string) => asLogin(tenant.access, login, sql)
  const roles = async (login: Login) =>
    withClient(server.superuser, async (client) => {
      const { rows } = await client.query('SELECT rolcanlogin FROM pg_roles WHERE rolname = $1', [login.name])
      return rows.length
    })

  it('log in, act as the group, and alter each other’s tables', async () => {
    const [one, two] = [await tenant.bind(), await tenant.bind()]
    expect(await ask(one, 'CREATE TABLE shared (v int)')).to.deep.equal([])
    expect(await ask(two, 'ALTER TABLE shared ADD COLUMN w int')).to.deep.equal([])
    expect(await ask(two, 'SELECT current_user AS me')).to.deep.equal([{ me: tenant.name }])
    await tenant.unbind(one)
    expect(await ask(two, 'INSERT INTO shared VALUES (1, 2)')).to.deep.equal([])
    await tenant.unbind(two)
  })

  it('read what exists and what comes, and write nothing, when they are read-only', async () => {
    const writer = await tenant.bind()
    await ask(writer, 'CREATE TABLE before_reader AS SELECT 1 AS v')
    const reader = await tenant.bind({ access: 'read-only' })
    await ask(writer, 'CREATE TABLE after_reader AS SELECT 2 AS v; CREATE SCHEMA inner_one')
    await ask(writer, 'CREATE TABLE inner_one.t AS SELECT 3 AS v')
    expect(await ask(reader, 'SELECT v FROM before_reader')).to.deep.equal([{ v: 1 }])
    expect(await ask(reader, 'SELECT v FROM after_reader')).to.deep.equal([{ v: 2 }])
    expect(await ask(reader, 'SELECT v FROM inner_one.t')).to.deep.equal([{ v: 3 }])
    for (const write of [
      'INSERT INTO after_reader VALUES (1)',
      'CREATE TABLE t2 (v int)',
      'CREATE SCHEMA mine',
      'CREATE TEMPORARY TABLE t3 (v int)',
      'DROP TABLE after_reader',
      `SET ROLE "${tenant.name}"`
    ]) {
      expect(await ask(reader, write), write).to.equal('42501')
    }
    await tenant.unbind(reader)
    await tenant.unbind(writer)
  })

  it('are the same login when they are repeated', async () => {
    const login = await tenant.bind()
    expect(await ask(login, `ALTER ROLE CURRENT_USER PASSWORD 'mine'`)).to.deep.equal([])
    await family.bind?.(tenant.access, login, {}, tenant.call)
    expect(await ask(login, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
    await tenant.unbind(login)
  })

  it('leave a foreign role of that name alone', async () => {
    const login = freshLogin()
    await withClient(server.superuser, (client) => client.query(`CREATE ROLE ${login.name}`))
    const refusal = await family.bind?.(tenant.access, login, {}, tenant.call).then(
      () => 'bound',
      (error: { kind: string }) => error.kind
    )
    expect(refusal).to.equal('conflict')
    await tenant.unbind(login)
    expect(await roles(login)).to.equal(1)
    await withClient(server.superuser, (client) => client.query(`DROP ROLE ${login.name}`))
  })

  it('never show the password to the server’s log or catalog', async () => {
    const login = await tenant.bind()
    const stored = await withClient(server.superuser, async (client) => {
      const { rows } = await client.query('SELECT rolpassword FROM pg_authid WHERE rolname = $1', [
        login.name
      ])
      return String(rows[0].rolpassword)
    })
    expect(stored).to.match(/^SCRAM-SHA-256\$4096:/)
    await tenant.unbind(login)
  })

  it('end with their sessions, and again without complaint', async () => {
    const login = await tenant.bind()
    const { host, port, database } = tenant.access
    const client = new pg.Client({ host, port, database, user: login.name, password: login.password })
    const told = new Promise<string>((resolve) => client.on('error', (error) => resolve(error.message)))
    await client.connect()
    await tenant.unbind(login)
    expect(await told).to.contain('terminating connection due to administrator command')
    expect(await ask(login, 'SELECT 1')).to.equal('28P01')
    expect(await roles(login)).to.equal(0)
    await tenant.unbind(login)
  })

  it('leave what they own to the group, wherever they made it', async () => {
    const [one, two] = [await tenant.bind(), await tenant.bind()]
    const made = await ask(
      one,
      `RESET ROLE; SET ROLE NONE;
       CREATE SCHEMA own; CREATE TABLE own.t AS SELECT 1 AS v;
       CREATE FUNCTION own.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
       REVOKE ALL ON SCHEMA own FROM CURRENT_USER;
       SELECT lo_create(0) > 0 AS made`
    )
    expect(made).to.be.an('array')
    await tenant.unbind(one)
    expect(await roles(one)).to.equal(0)
    expect(await ask(two, 'GRANT USAGE ON SCHEMA own TO CURRENT_USER; SELECT v FROM own.t')).to.be.an('array')
    expect(await ask(two, 'DROP SCHEMA own CASCADE')).to.deep.equal([])
    await tenant.unbind(two)
  })

  it('hand over a function in a schema that another binding owns', async () => {
    const [one, two] = [await tenant.bind(), await tenant.bind()]
    await ask(two, `SET ROLE NONE; CREATE SCHEMA theirs; GRANT ALL ON SCHEMA theirs TO "${one.name}"`)
    const made = await ask(
      one,
      `SET ROLE NONE; CREATE FUNCTION theirs.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`
    )
    expect(made).to.be.an('array')
    await tenant.unbind(one)
    expect(await roles(one)).to.equal(0)
    await tenant.unbind(two)
    expect(await roles(two)).to.equal(0)
  })

  it('go although the others hold every connection, and the limit stays', async () => {
    const [one, two] = [await tenant.bind(), await tenant.bind()]
    await ask(one, 'SET ROLE NONE; CREATE TABLE left_behind (v int)')
    const { host, port, database } = tenant.access
    const clients = Array.from(
      { length: 5 },
      () => new pg.Client({ host, port, database, user: two.name, password: two.password })
    )
    for (const client of clients) {
      client.on('error', () => undefined)
      await client.connect()
    }
    expect(await ask(two, 'SELECT 1')).to.equal('53300')
    await tenant.unbind(one)
    expect(await roles(one)).to.equal(0)
    expect(await ask(two, 'SELECT 1')).to.equal('53300')
    for (const client of clients) await client.end()
    await tenant.unbind(two)
  })

  it('wait for a bind that is still committing before they say that nothing is there', async () => {
    const login = freshLogin()
    const comment = `portolan login of ${tenant.name}`
    await withClient(server.managedRoot, async (late) => {
      await late.query('BEGIN')
      await late.query(`CREATE ROLE ${login.name} LOGIN`)
      await late.query(`COMMENT ON ROLE ${login.name} IS '${comment}'`)
      const unbinding = tenant.unbind(login)
      await late.query('SELECT pg_sleep(0.3)')
      await late.query('COMMIT')
      await unbinding
    })
    expect(await roles(login)).to.equal(0)
  })

  it('can be made and removed many at a time', async () => {
    const logins = await Promise.all(Array.from({ length: 8 }, () => tenant.bind()))
    await Promise.all(logins.map((login) => tenant.unbind(login)))
    for (const login of logins) expect(await roles(login)).to.equal(0)
  })

  it('that are left over go with the instance', async () => {
    const other = await newTenant(server)
    const login = await other.bind()
    await other.remove()
    expect(await roles(login)).to.equal(0)
    await other.remove()
  })
})
