import { expect } from 'chai'
import type { Login } from '../../../src/contract/adapter.ts'
import { family } from '../../../src/families/mysql/index.ts'
import { freshLogin } from '../../conformance/fresh.ts'
import { until } from '../../support/core.ts'
import { mysqlProduct } from '../../support/mysql-process.ts'
import {
  asMysql,
  type MysqlTestServer,
  mysqlServer,
  nativeHash,
  rowsOf,
  withMysql
} from '../../support/mysql-server.ts'
import { asMysqlLogin, type MysqlTenant, newMysqlTenant } from '../../support/mysql-tenant.ts'

const DENIED = [1044, 1045, 1142, 1143, 1227, 1370]
const LOGIN_REFUSED = 1045
/** Of MariaDB, of MySQL. */
const LOCKED = [4151, 3118]

describe('bindings of the family mysql', function () {
  this.timeout(60_000)
  let server: MysqlTestServer
  let tenant: MysqlTenant

  before(async () => {
    server = await mysqlServer()
    tenant = await newMysqlTenant(server)
  })

  after(() => tenant.remove())

  const ask = (login: Login, sql: string | readonly string[]) => asMysqlLogin(tenant.access, login, sql)
  const stored = async (login: Login) => {
    const columns = 'plugin, CONVERT(authentication_string USING latin1) AS authentication_string'
    return asMysql(server.superuser, `SELECT ${columns} FROM mysql.user WHERE User = '${login.name}'`)
  }

  it('log in and alter each other’s tables', async () => {
    const [one, two] = [await tenant.bind(), await tenant.bind()]
    expect(await ask(one, 'CREATE TABLE shared (v int)')).to.deep.equal([])
    expect(await ask(two, 'ALTER TABLE shared ADD COLUMN w int')).to.deep.equal([])
    await tenant.unbind(one)
    expect(await ask(two, 'INSERT INTO shared VALUES (1, 2)')).to.deep.equal([])
  })

  it('have all that an application needs, and nothing beyond their database', async () => {
    const login = await tenant.bind()
    expect(
      await ask(login, [
        'CREATE TABLE needs (n INT PRIMARY KEY)',
        'CREATE TRIGGER counts BEFORE INSERT ON needs FOR EACH ROW SET NEW.n = NEW.n + 1',
        'CREATE PROCEDURE adds(IN many INT) INSERT INTO needs VALUES (many)',
        'CREATE VIEW seen AS SELECT n FROM needs',
        'CREATE TEMPORARY TABLE passing AS SELECT 1 AS v',
        'LOCK TABLES needs WRITE',
        'UNLOCK TABLES',
        'CALL adds(4)',
        'SELECT n FROM seen'
      ])
    ).to.deep.equal([{ n: 5 }])
    for (const beyond of [
      'SELECT * FROM mysql.user',
      'SELECT * FROM portolan.resources',
      'CREATE DATABASE mine',
      "CREATE USER friend IDENTIFIED BY 'x'",
      "SELECT 'x' INTO OUTFILE '/tmp/portolan-never'",
      "SELECT LOAD_FILE('/etc/passwd') IS NOT NULL, (SELECT User FROM mysql.user LIMIT 1)",
      `GRANT SELECT ON \`${tenant.name}\`.* TO ${server.managedRoot.user}@'%'`,
      'SET GLOBAL max_connections = 1',
      'ALTER USER CURRENT_USER() ACCOUNT UNLOCK',
      'ALTER USER CURRENT_USER() WITH MAX_USER_CONNECTIONS 0',
      'ALTER USER CURRENT_USER() REQUIRE NONE',
      'CREATE ROLE mine',
      'CREATE EVENT runs_on ON SCHEDULE EVERY 1 SECOND DO SELECT 1',
      `ALTER USER ${server.managedRoot.user}@'%' IDENTIFIED BY 'mine'`,
      "CREATE DEFINER = 'root'@'localhost' VIEW other AS SELECT 1 AS v"
    ]) {
      expect(await ask(login, beyond), beyond).to.be.oneOf(DENIED)
    }
  })

  it('read what exists and what comes, and write nothing, when they are read-only', async () => {
    const writer = await tenant.bind()
    await ask(writer, [
      'CREATE TABLE before_reader AS SELECT 1 AS v',
      'CREATE PROCEDURE writes() INSERT INTO before_reader VALUES (2)'
    ])
    const reader = await tenant.bind({ access: 'read-only' })
    await ask(writer, 'CREATE TABLE after_reader AS SELECT 2 AS v')
    expect(await ask(reader, 'SELECT v FROM before_reader')).to.deep.equal([{ v: 1 }])
    expect(await ask(reader, 'SELECT v FROM after_reader')).to.deep.equal([{ v: 2 }])
    for (const write of [
      'INSERT INTO after_reader VALUES (1)',
      'DELETE FROM after_reader',
      'CREATE TABLE t2 (v int)',
      'CREATE TEMPORARY TABLE t3 (v int)',
      'DROP TABLE after_reader',
      'LOCK TABLES after_reader READ',
      'CALL writes()'
    ]) {
      expect(await ask(reader, write), write).to.be.oneOf(DENIED)
    }
  })

  it('are the same login when they are repeated', async () => {
    const login = await tenant.bind()
    const change = mysqlProduct.isMariadb ? "SET PASSWORD = PASSWORD('mine')" : "SET PASSWORD = 'mine'"
    expect(await ask(login, change)).to.deep.equal([])
    await family.bind?.(tenant.access, login, {}, tenant.call)
    expect(await ask(login, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
  })

  it('leave somebody else’s account of that name alone', async () => {
    const kinds = {
      'one without rights': '',
      'one with rights elsewhere': "GRANT SELECT ON sys.* TO 'NAME'@'%'",
      'one with rights everywhere': "GRANT PROCESS ON *.* TO 'NAME'@'%'",
      'one with rights here and elsewhere': `GRANT SELECT ON \`${tenant.name}\`.* TO 'NAME'@'%'; GRANT SELECT ON sys.* TO 'NAME'@'%'`
    }
    for (const [kind, grants] of Object.entries(kinds)) {
      const login = freshLogin()
      await asMysql(server.superuser, `CREATE USER '${login.name}'@'%' IDENTIFIED BY 'theirs'`)
      if (grants !== '') await asMysql(server.superuser, grants.replaceAll('NAME', login.name))
      const refusal = await family.bind?.(tenant.access, login, {}, tenant.call).then(
        () => 'bound',
        (error: { kind: string }) => error.kind
      )
      expect(refusal, kind).to.equal('conflict')
      await tenant.unbind(login)
      const theirs = { ...tenant.access, user: login.name, password: 'theirs' }
      expect(await asMysql(theirs, 'SELECT 1 AS one'), kind).to.deep.equal([{ one: 1 }])
      await asMysql(server.superuser, `DROP USER '${login.name}'@'%'`)
    }
  })

  it('end also when somebody gave them a right elsewhere', async () => {
    for (const grant of ["GRANT SELECT ON sys.* TO 'NAME'@'%'", "GRANT PROCESS ON *.* TO 'NAME'@'%'"]) {
      const login = await tenant.bind()
      await asMysql(server.superuser, grant.replaceAll('NAME', login.name))
      await tenant.unbind(login)
      expect(await ask(login, 'SELECT 1 AS one'), grant).to.equal(LOGIN_REFUSED)
    }
  })

  it('never show the password to the server', async () => {
    await asMysql(server.superuser, "SET GLOBAL log_output = 'TABLE', GLOBAL general_log = 1")
    const login = await tenant.bind()
    await asMysql(server.superuser, 'SET GLOBAL general_log = 0')
    const lines = await asMysql(
      server.superuser,
      `SELECT CONVERT(argument USING utf8mb4) AS line FROM mysql.general_log WHERE argument LIKE '%${login.name}%'`
    )
    expect(lines.length).to.be.greaterThan(2)
    expect(JSON.stringify(lines)).not.to.contain(login.password)
    const [account] = await stored(login)
    expect(account).to.deep.equal(
      mysqlProduct.isMariadb
        ? { plugin: 'mysql_native_password', authentication_string: nativeHash(login.password) }
        : { plugin: 'caching_sha2_password', authentication_string: account?.['authentication_string'] }
    )
    await asMysql(server.superuser, "TRUNCATE mysql.general_log; SET GLOBAL log_output = 'FILE'")
  })

  it('end with their sessions, also one with a transaction under way, and again without complaint', async () => {
    const login = await tenant.bind()
    const other = await tenant.bind()
    const { host, port, database } = tenant.access
    const who = { host, port, database, user: login.name, password: login.password }
    await ask(other, 'CREATE TABLE kept (v INT)')
    await withMysql(who, async (client) => {
      await client.query('START TRANSACTION; INSERT INTO kept VALUES (1)')
      await tenant.unbind(login)
      expect(await client.query('INSERT INTO kept VALUES (2)').catch(() => 'cut off')).to.equal('cut off')
    })
    expect(await ask(other, 'SELECT v FROM kept')).to.deep.equal([])
    expect(await ask(login, 'SELECT 1')).to.equal(LOGIN_REFUSED)
    expect(await stored(login)).to.deep.equal([])
    await tenant.unbind(login)
  })

  it('leave what they defined at work, under a locked account that goes with the instance', async () => {
    const defined = {
      view: 'CREATE VIEW by_view AS SELECT v FROM base',
      trigger: 'CREATE TRIGGER by_trigger BEFORE INSERT ON base FOR EACH ROW SET NEW.v = NEW.v + 1',
      procedure: 'CREATE PROCEDURE by_procedure() INSERT INTO base VALUES (10)'
    }
    const other = await newMysqlTenant(server)
    const ask2 = (login: Login, sql: string | readonly string[]) => asMysqlLogin(other.access, login, sql)
    const staying = await other.bind()
    await ask2(staying, 'CREATE TABLE base (v INT)')
    const logins: Login[] = []
    for (const sql of Object.values(defined)) {
      const login = await other.bind()
      expect(await ask2(login, sql)).to.deep.equal([])
      logins.push(login)
    }
    for (let time = 0; time < 2; time += 1) {
      await Promise.all(logins.map((login) => other.unbind(login)))
      for (const login of logins) expect(await ask2(login, 'SELECT 1')).to.be.oneOf(LOCKED)
    }
    expect(
      await ask2(staying, ['INSERT INTO base VALUES (1)', 'CALL by_procedure()', 'SELECT v FROM by_view'])
    ).to.deep.equal([{ v: 2 }, { v: 11 }])
    expect(await ask2(staying, ['DROP VIEW by_view', 'DROP TRIGGER by_trigger'])).to.deep.equal([])
    const [maker] = logins
    if (maker === undefined) throw new Error('no login')
    await other.unbind(maker)
    expect(await stored(maker)).to.deep.equal([])
    for (const login of logins.slice(1)) expect(await stored(login)).to.have.length(1)
    await other.remove()
    for (const login of [staying, ...logins]) expect(await stored(login)).to.deep.equal([])
  })

  it('may hold as many connections as the plan says', async () => {
    const login = await tenant.bind()
    const { host, port, database } = tenant.access
    const who = { host, port, database, user: login.name, password: login.password }
    const enter = async (many: number): Promise<unknown> => {
      if (many === 0) return ask(login, 'SELECT 1 AS one')
      return withMysql(who, () => enter(many - 1))
    }
    expect(await enter(4)).to.deep.equal([{ one: 1 }])
    const sessions = `SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '${login.name}'`
    await until(async () => (await asMysql(server.superuser, sessions)).length === 0)
    expect(await enter(5)).to.equal(1226)
  })

  it('must use TLS where the server has it', async () => {
    const secure = await newMysqlTenant(server, { connections: 5 }, { tls: { ca: server.certificate } })
    const login = await secure.bind()
    const show = "SHOW STATUS LIKE 'Ssl_version'"
    expect(await asMysqlLogin(secure.access, login, show)).to.not.be.a('number')
    const { tls: _, ...plain } = secure.access
    expect(await asMysqlLogin(plain, login, show)).to.equal(LOGIN_REFUSED)
    await secure.remove()
  })

  it('open no database whose name looks alike', async () => {
    const [one, two] = ['pattern_1', 'patternx1']
    const may = `GRANT ALL PRIVILEGES ON \`pattern\\_1\`.* TO ${server.managedRoot.user}@'%' WITH GRANT OPTION`
    await asMysql(server.superuser, `CREATE DATABASE ${one}; CREATE DATABASE ${two}; ${may}`)
    const access = { ...tenant.access, database: one }
    const login = freshLogin()
    await family.bind?.(access, login, {}, tenant.call)
    expect(await asMysqlLogin(access, login, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
    expect(await asMysqlLogin(access, login, 'SELECT 1 AS one', two)).to.equal(1044)
    // The mark of ours is found with the name escaped too.
    await family.release?.(access, { resource: one, mark: tenant.order.mark }, tenant.call)
    expect(await stored(login)).to.deep.equal([])
    await asMysql(
      server.superuser,
      `DROP DATABASE ${one}; DROP DATABASE ${two};
       REVOKE ALL PRIVILEGES ON \`pattern\\_1\`.* FROM ${server.managedRoot.user}@'%';
       REVOKE GRANT OPTION ON \`pattern\\_1\`.* FROM ${server.managedRoot.user}@'%'`
    )
  })

  it('wait for a bind that is still at work before they say that nothing is there', async () => {
    const login = freshLogin()
    await withMysql(server.managedRoot, async (late) => {
      const making = late.query(`SELECT SLEEP(2) /* CREATE USER '${login.name}'@'%' */`)
      const outcome = await family
        .unbind?.(tenant.access, login, tenant.call)
        .catch((error: { kind: string }) => error.kind)
      expect(outcome).to.equal('unavailable')
      expect(rowsOf(await making)).to.have.length(1)
    })
    expect(await family.unbind?.(tenant.access, login, tenant.call)).to.equal('gone')
  })

  it('can be made and removed many at a time', async () => {
    const logins = await Promise.all(Array.from({ length: 6 }, () => tenant.bind()))
    await Promise.all(logins.map((login) => tenant.unbind(login)))
    for (const login of logins) expect(await stored(login)).to.deep.equal([])
  })
})
