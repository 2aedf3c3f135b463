import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Login } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call, MysqlSession } from '../../src/contract/ports.ts'
import { until } from '../../test/support/core.ts'
import { mysqlProduct } from '../../test/support/mysql-process.ts'
import {
  asMysql,
  type MysqlTestServer,
  mysqlServer,
  rowsOf,
  withMysql
} from '../../test/support/mysql-server.ts'
import {
  asMysqlLogin,
  type MysqlTenant,
  mysqlCall,
  newMysqlTenant,
  settingsOf
} from '../../test/support/mysql-tenant.ts'
import { adapter } from './index.ts'

/** What its own routines, views and locks can do to the broker, to a neighbour, and to those who come after. */
describe('a hostile tenant of a shared MySQL server', function () {
  this.timeout(60_000)
  let server: MysqlTestServer
  let neighbour: MysqlTenant
  let attacker: MysqlTenant

  before(async () => {
    server = await mysqlServer()
    neighbour = await newMysqlTenant(server)
    attacker = await newMysqlTenant(server)
  })

  after(async () => {
    await attacker.remove()
    await neighbour.remove()
  })

  const ask = (login: Login, sql: string | readonly string[]) => asMysqlLogin(attacker.access, login, sql)
  const whoOf = (login: Login) => {
    const { host, port, database } = attacker.access
    return { host, port, database, user: login.name, password: login.password }
  }

  for (const engine of ['InnoDB', 'Aria', 'MyISAM']) {
    it(`keeps no table of ${engine} outside the server’s data`, async () => {
      const elsewhere = mkdtempSync(join(tmpdir(), 'portolan-elsewhere-'))
      const mine = await attacker.bind()
      await ask(mine, `CREATE TABLE away_${engine} (v INT) ENGINE=${engine} DATA DIRECTORY='${elsewhere}'`)
      expect(existsSync(elsewhere)).to.equal(true)
      expect(readdirSync(elsewhere)).to.deep.equal([])
      rmSync(elsewhere, { recursive: true })
    })
  }

  it('sees neither a neighbour’s database nor its sessions', async () => {
    const theirs = await neighbour.bind()
    await asMysqlLogin(neighbour.access, theirs, 'CREATE TABLE secret AS SELECT 1 AS v')
    const mine = await attacker.bind()
    expect(await ask(mine, `SELECT * FROM \`${neighbour.name}\`.secret`)).to.equal(1142)
    const seen = await ask(
      mine,
      "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT LIKE '%\\_schema'"
    )
    expect(seen).to.deep.equal([{ name: attacker.name }])
    await withMysql({ ...whoOf(theirs), database: neighbour.name }, async (client) => {
      expect(
        await ask(
          mine,
          `SELECT COUNT(*) AS many FROM information_schema.PROCESSLIST WHERE USER <> '${mine.name}'`
        )
      ).to.deep.equal([{ many: 0 }])
      // No error, and no effect; MySQL 8 has no such statement.
      const killed = await ask(mine, `KILL USER '${theirs.name}'`)
      expect(killed).to.deep.equal(mysqlProduct.isMariadb ? [] : 1064)
      expect(rowsOf(await client.query('SELECT v FROM secret'))).to.deep.equal([{ v: 1 }])
    })
  })

  it('gains nothing by what the broker runs', async () => {
    const mine = await attacker.bind()
    const before = await rightsOf(mine.name)
    const planted = await ask(mine, [
      'CREATE TABLE USER (User TEXT)',
      'CREATE FUNCTION VERSION() RETURNS TEXT DETERMINISTIC RETURN "5.5.5-0.0.1-MariaDB"',
      `CREATE PROCEDURE steals() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
         GRANT ALL PRIVILEGES ON *.* TO CURRENT_USER; END`,
      'CREATE TRIGGER springs BEFORE INSERT ON USER FOR EACH ROW CALL steals()',
      'CREATE SQL SECURITY INVOKER VIEW lures AS SELECT VERSION() AS v'
    ])
    expect(planted).to.deep.equal([])
    const other = await attacker.bind({ access: 'read-only' })
    await Promise.all([attacker.unbind(other), attacker.unbind(mine)])
    expect(await rightsOf(mine.name)).to.deep.equal(before)
  })

  it('keeps nobody from being unbound by holding locks, nor by coming back', async () => {
    const mine = await attacker.bind()
    const who = whoOf(mine)
    const coming = { goesOn: true, entered: 0 }
    const comesBack = async (): Promise<string> => {
      while (coming.goesOn) {
        try {
          await withMysql(who, async (client) => {
            coming.entered += 1
            await client.query(`SELECT GET_LOCK('${attacker.name}', 1), GET_LOCK('${mine.name}', 1)`)
            await client.query('SELECT SLEEP(30)')
          })
          return 'stayed'
        } catch (error) {
          if ((error as { errno?: number }).errno === 1045) return 'shut out'
        }
      }
      return 'came back'
    }
    const flood = Promise.all([comesBack(), comesBack()])
    try {
      await until(() => coming.entered >= 2)
      await attacker.unbind(mine)
      expect(await flood).to.deep.equal(['shut out', 'shut out'])
    } finally {
      coming.goesOn = false
      await flood
    }
  })

  it('keeps nobody from being unbound once more by telling the name of the login', async () => {
    const mine = await attacker.bind()
    const gone = await attacker.bind()
    await attacker.unbind(gone)
    await withMysql(whoOf(mine), async (client) => {
      const sleeping = client.query(`SELECT SLEEP(30) /* ${gone.name} */`).catch(() => 'cut off')
      const isSeen = async () =>
        (
          await asMysql(
            server.superuser,
            `SELECT 1 FROM information_schema.PROCESSLIST WHERE USER = '${mine.name}' AND INFO LIKE 'SELECT SLEEP%'`
          )
        ).length > 0
      await until(isSeen)
      await attacker.unbind(gone)
      await attacker.unbind(mine)
      expect(await sleeping).to.equal('cut off')
    })
  })

  it('writes nothing any more with a session that was there when it was unbound', async () => {
    const mine = await attacker.bind()
    const stays = await attacker.bind()
    await ask(stays, 'CREATE TABLE written (v INT)')
    await withMysql(whoOf(mine), async (client) => {
      // A prepared statement and a temporary table would live as long as the session.
      await client.query(
        'CREATE TEMPORARY TABLE mine (v INT); PREPARE writes FROM "INSERT INTO written VALUES (1)"'
      )
      await attacker.unbind(mine)
      expect(await client.query('EXECUTE writes').catch(() => 'cut off')).to.equal('cut off')
    })
    expect(await ask(stays, 'SELECT v FROM written')).to.deep.equal([])
  })

  it('cannot keep its database by holding it', async () => {
    const held = await newMysqlTenant(server)
    const login = await held.bind()
    await withMysql({ ...whoOf(login), database: held.name }, async (client) => {
      await client.query('CREATE TABLE t (v INT); LOCK TABLES t WRITE')
      expect(rowsOf(await client.query('SELECT 1 AS one'))).to.deep.equal([{ one: 1 }])
      await held.remove()
    })
    expect(
      await asMysql(
        server.superuser,
        `SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '${held.name}'`
      )
    ).to.deep.equal([])
  })

  it('keeps its database with a prepared transaction, until the operator does what doctor says', async () => {
    const held = await newMysqlTenant(server)
    const login = await held.bind()
    const prepared = await asMysqlLogin(held.access, login, [
      'CREATE TABLE t (v INT)',
      "XA START 'stays'",
      'INSERT INTO t VALUES (1)',
      "XA END 'stays'",
      "XA PREPARE 'stays'"
    ])
    expect(prepared).to.deep.equal([])
    const refusal = await held.remove().catch((error: Error) => error)
    expect(refusal).to.include({ kind: 'unavailable' })
    expect(String(refusal)).to.contain('(XA)')
    const findings = (await adapter.open(settingsOf(server)).inspect?.(held.call)) ?? []
    const [finding] = findings.filter((each) => each.text.includes('prepared'))
    // MySQL 8 tells them only to who has a right that the broker does not need.
    const remedy = mysqlProduct.isMariadb ? finding?.remedy : "XA ROLLBACK 'stays'"
    await asMysql(server.superuser, String(remedy))
    await held.remove()
  })

  it('forges no mark, and finds none', async () => {
    const mine = await attacker.bind()
    for (const sql of [
      'SELECT * FROM portolan.resources',
      'UPDATE portolan.resources SET connections = 0',
      `INSERT INTO portolan.resources VALUES ('${attacker.name}x', 'portolan {}', 1)`,
      'DROP TABLE portolan.resources'
    ]) {
      expect(await ask(mine, sql), sql).to.equal(1142)
    }
  })

  it('may drop its own database, and make it again, and is unbound all the same', async () => {
    const own = await newMysqlTenant(server)
    const login = await own.bind()
    expect(
      await asMysqlLogin(own.access, login, [
        `DROP DATABASE \`${own.name}\``,
        `CREATE DATABASE \`${own.name}\``
      ])
    ).to.deep.equal([])
    await asMysqlLogin(own.access, login, `DROP DATABASE \`${own.name}\``)
    await own.unbind(login)
    expect(await asMysqlLogin(own.access, login, 'SELECT 1')).to.equal(1045)
    await own.remove()
  })

  /** Of everybody but `except`. */
  async function rightsOf(except: string): Promise<unknown> {
    return asMysql(
      server.superuser,
      `SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE NOT LIKE '%${except}%'
       ORDER BY 1, 2`
    )
  }
})

/** An operator pastes them into a client of it, and that has commands of its own. */
describe('a hostile MySQL server', () => {
  const SERVER = { name: 'main', region: 'here', host: '127.0.0.1', user: 'root', password: 'secret' }

  it('prints statements that can be pasted, whatever the server tells', async () => {
    const evil = "x'; \\! touch it\n"
    const answers: Readonly<Record<string, readonly JsonObject[]>> = {
      'VERSION()': [{ version: '10.11.1-MariaDB' }],
      'CURRENT_USER()': [{ account: `'${evil}'@'%'` }],
      'XA RECOVER': [
        { data: evil },
        { data: "'plain'; \\! touch it" },
        { data: "'one'" },
        { data: "X'6f',X'6e',7" }
      ],
      'look at settings': [{ lends_files: 0, file_folder: null, skips_names: 1, is_logged: 0 }],
      'look for judges': [{ name: evil }]
    }
    const session: MysqlSession = {
      query: async (sql) => Object.entries(answers).find(([part]) => sql.includes(part))?.[1] ?? []
    }
    const call: Call = { ...mysqlCall(), mysql: (_access, use) => use(session) }
    const findings = (await adapter.open({ servers: [SERVER] }).inspect?.(call)) ?? []
    const remedies = findings.map(({ remedy }) => remedy ?? '')
    expect(remedies.filter((each) => each.startsWith('XA'))).to.deep.equal([
      "XA ROLLBACK 'one';",
      "XA ROLLBACK X'6f',X'6e',7;"
    ])
    const grant = "TO 'x''; \\\\! touch it\n'@'%';"
    expect(remedies.filter((each) => each.startsWith('GRANT CREATE USER'))).to.deep.equal([
      `GRANT CREATE USER ON *.* ${grant}`
    ])
  })
})
