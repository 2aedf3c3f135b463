import { expect } from 'chai'
import type { MysqlAccess } from '../../src/contract/access.ts'
import { MysqlError } from '../../src/contract/ports.ts'
import { mysqlPort } from '../../src/transport/mysql.ts'
import { kindOfMysqlError } from '../../src/transport/mysql-failure.ts'
import type { SqlOutcome } from '../../src/transport/sql-outcome.ts'
import { failureOf } from '../support/failures.ts'
import {
  type HostileMysql,
  hostileMysql,
  hostileTlsMysql,
  OK,
  packet,
  switchTo
} from '../support/hostile-mysql.ts'
import { mysqlProduct } from '../support/mysql-process.ts'
import { asMysql, type MysqlTestServer, mysqlServer } from '../support/mysql-server.ts'
import { guardsAddresses, tellsNothingToStrangers } from '../support/port-suites.ts'
import { selfSigned } from '../support/self-signed.ts'

const PASSWORD = 'Only-For-The-Right-Server-1'
const { signal } = new AbortController()
const port = mysqlPort({ signal })

function accessTo(number: number): MysqlAccess {
  return {
    kind: 'mysql',
    host: '127.0.0.1',
    port: number,
    database: 'd',
    user: 'u',
    password: PASSWORD,
    network: 'private'
  }
}

async function closing<T>(server: HostileMysql, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } finally {
    await server.close()
  }
}

describe('the mysql port and a server that it must not trust', () => {
  const TELL_ALL = Buffer.from([1, 4])
  const KEY = Buffer.from('\x01-----BEGIN PUBLIC KEY-----\nMFww\n-----END PUBLIC KEY-----\n', 'latin1')
  const demands: Readonly<Record<string, { plugin?: string; answers: readonly Buffer[]; denied?: true }>> = {
    'a clear-text password': { answers: [switchTo('mysql_clear_password')], denied: true },
    'a clear-text password, at once': {
      plugin: 'mysql_clear_password',
      answers: [switchTo('mysql_clear_password')],
      denied: true
    },
    'an old password': { answers: [switchTo('mysql_old_password')] },
    'an old password, as servers before 4.1 asked': { answers: [Buffer.from([0xfe])] },
    'the whole password by caching_sha2_password': {
      plugin: 'caching_sha2_password',
      answers: [switchTo('caching_sha2_password'), TELL_ALL, KEY],
      denied: true
    },
    'a password under a key of its own': {
      plugin: 'sha256_password',
      answers: [switchTo('sha256_password'), KEY],
      denied: true
    },
    'a plugin that is not known': { answers: [switchTo('dialog')] },
    'a plugin with the name of something else': { answers: [switchTo('__proto__')] },
    nonsense: { answers: [Buffer.from('?HTTP')] }
  }
  for (const [what, { plugin, answers, denied }] of Object.entries(demands)) {
    it(`sends no password when asked for ${what}`, async () => {
      const server = await hostileMysql(answers, plugin === undefined ? {} : { plugin })
      await closing(server, async () => {
        const failure = await failureOf(port(accessTo(server.port), (session) => session.query('SELECT 1')))
        expect(failure.kind).to.equal(denied ? 'denied' : 'unavailable')
        expect(failure.message).not.to.contain(PASSWORD)
        expect(server.received()).not.to.contain(PASSWORD)
        expect(server.received()).to.contain('u\0')
      })
    })
  }

  it('hands out no file, whatever it answers a statement with', async () => {
    const localInfile = Buffer.from('\xfb/etc/passwd', 'latin1')
    const server = await hostileMysql([OK, OK, localInfile])
    await closing(server, async () => {
      const failure = await failureOf(
        mysqlPort({ signal, silenceMs: 300 })(accessTo(server.port), (session) => session.query('SELECT 1'))
      )
      expect(failure.kind).to.equal('unavailable')
      expect(server.received()).not.to.contain('root:')
      // CLIENT_LOCAL_FILES is not among what we say we can.
      expect(server.received().charCodeAt(4) & 0x80).to.equal(0)
    })
  })

  it('takes no second statement in one', async () => {
    const server = await hostileMysql([OK, OK, OK])
    await closing(server, async () => {
      await port(accessTo(server.port), (session) => session.query('SELECT 1'))
      // CLIENT_MULTI_STATEMENTS
      expect(server.received().charCodeAt(6) & 0x01).to.equal(0)
    })
  })

  it('does not go on without TLS where TLS is wanted', async () => {
    const server = await hostileMysql([OK])
    await closing(server, async () => {
      const failure = await failureOf(port({ ...accessTo(server.port), tls: {} }, async () => undefined))
      expect(failure.kind).to.equal('denied')
      expect(failure.message).to.contain('TLS')
      expect(server.received()).to.equal('')
    })
  })

  it('leaves one that sends packets that are not the next', async () => {
    const server = await hostileMysql([], {
      greeting: packet(7, Buffer.from('\x0a8.0.36\0', 'latin1'))
    })
    await closing(server, async () => {
      expect((await failureOf(port(accessTo(server.port), async () => undefined))).kind).to.equal(
        'unavailable'
      )
    })
  })

  describe('behind TLS', () => {
    const own = selfSigned()
    const { certificate } = own
    let server: HostileMysql

    before(async () => {
      server = await hostileTlsMysql([switchTo('mysql_clear_password')], own)
    })

    after(() => server.close())

    const asked = (tls: NonNullable<MysqlAccess['tls']>, host = '127.0.0.1') =>
      failureOf(port({ ...accessTo(server.port), host, tls }, async () => undefined))

    tellsNothingToStrangers({ certificate, asked, received: () => server.received() })

    it('holds an address against the certificate too', async () => {
      const other = selfSigned('DNS:localhost')
      const named = await hostileTlsMysql([OK], other)
      await closing(named, async () => {
        const failure = await failureOf(
          port({ ...accessTo(named.port), tls: { ca: other.certificate } }, async () => undefined)
        )
        expect(failure.kind).to.equal('denied')
        expect(named.received()).to.equal('')
      })
    })

    it('sends no clear-text password to one whose certificate is right', async () => {
      for (const tls of [{ ca: certificate }, { ca: certificate, servername: 'localhost' }]) {
        expect((await asked(tls)).message).to.contain('clear-text')
      }
      expect(server.received()).to.contain('u\0')
      expect(server.received()).not.to.contain(PASSWORD)
    })

    it('does not listen to what was said before the certificate', async () => {
      const early = packet(1, switchTo('caching_sha2_password'))
      const talker = await hostileTlsMysql([OK], own, { early })
      await closing(talker, async () => {
        const access = { ...accessTo(talker.port), tls: { ca: certificate } }
        expect((await failureOf(port(access, async () => undefined))).kind).to.equal('unavailable')
        expect(talker.received()).to.equal('')
      })
    })
  })
})

describe('the mysql port and addresses', () => {
  guardsAddresses(accessTo(1), (access, lookup) =>
    mysqlPort({ signal, ...(lookup && { lookup }) })(access, async () => undefined)
  )
})

describe('the mysql port', () => {
  let server: MysqlTestServer

  before(async function () {
    this.timeout(60_000)
    server = await mysqlServer()
  })

  it('hands over JSON: numbers, text', async () => {
    const rows = await port(server.managedRoot, (session) =>
      session.query(
        `SELECT 1 AS a, CAST(2 AS UNSIGNED) AS b, 1.5 AS c, NOW() AS d, NULL AS e, ? AS f, _binary 'é' AS g`,
        ["x'\\\\y"]
      )
    )
    expect(rows[0]).to.deep.include({ a: 1, b: 2, c: '1.5', e: null, f: "x'\\\\y", g: 'é' })
    expect(rows[0]?.['d']).to.match(/^\d{4}-\d\d-\d\d /)
  })

  it('escapes values, lists too', async () => {
    const evil = `\\' OR 1=1 -- `
    const rows = await port(server.managedRoot, (session) =>
      session.query('SELECT ? AS text, ? IN (?) AS one, ? IN (?) AS none', [
        evil,
        evil,
        [evil, 'b'],
        'c',
        ['a', 'b']
      ])
    )
    expect(rows[0]).to.deep.equal({ text: evil, one: 1, none: 0 })
  })

  it('sets back what an administrator set for all sessions', async () => {
    const set = (mode: string, zone: string) =>
      asMysql(
        server.superuser,
        `SET GLOBAL sql_mode = '${mode}', GLOBAL time_zone = '${zone}', GLOBAL autocommit = ${zone === 'SYSTEM' ? 1 : 0}`
      )
    const statementSeconds = mysqlProduct.isMariadb ? '@@max_statement_time' : '@@max_execution_time DIV 1000'
    const [before] = await asMysql(server.superuser, 'SELECT @@global.sql_mode AS mode')
    await set('ANSI,NO_BACKSLASH_ESCAPES', '+05:00')
    try {
      const rows = await port(server.managedRoot, (session) =>
        session.query(`SELECT @@sql_mode AS mode, @@time_zone AS zone, @@autocommit AS autocommit, @@lock_wait_timeout AS locks,
          @@innodb_lock_wait_timeout AS rows_wait, ${statementSeconds} AS statement, @@character_set_client AS sent, DATABASE() AS place`)
      )
      expect(rows[0]).to.deep.equal({
        mode: mysqlProduct.isMariadb
          ? 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION'
          : 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
        zone: '+00:00',
        autocommit: 1,
        locks: 5,
        rows_wait: 5,
        statement: 30,
        sent: 'utf8mb4',
        place: null
      })
    } finally {
      await set(String(before?.['mode']), 'SYSTEM')
    }
  })

  it('speaks TLS with one whose certificate it was given', async () => {
    const tls = { ca: server.certificate }
    const rows = await port({ ...server.managedRoot, tls }, (session) =>
      session.query("SHOW STATUS LIKE 'Ssl_cipher'")
    )
    expect(rows[0]?.['Value']).to.match(/^TLS_/)
  })

  it('logs in as who is named, into the database that is named', async () => {
    const { user, password } = server.superuser
    const rows = await port(
      server.managedRoot,
      (session) => session.query('SELECT USER() AS who, DATABASE() AS place'),
      { database: 'mysql', as: { name: user, password } }
    )
    expect(rows[0]).to.deep.equal({ who: 'tester@127.0.0.1', place: 'mysql' })
  })

  it('takes no two statements in one, and no file of ours', async () => {
    const failure = await failureOf(
      port(server.managedRoot, (session) => session.query('SELECT 1; SELECT 2'))
    )
    expect((failure.cause as MysqlError).code).to.equal(1064)
    await asMysql(server.superuser, 'SET GLOBAL local_infile = 1')
    try {
      const refused = await failureOf(
        port(server.superuser, async (session) => {
          await session.query('CREATE TEMPORARY TABLE sys.t (line TEXT)')
          await session.query("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE sys.t")
        })
      )
      // Of MariaDB, of MySQL 8.
      expect((refused.cause as MysqlError).code).to.be.oneOf([4166, 3948])
    } finally {
      await asMysql(server.superuser, 'SET GLOBAL local_infile = 0')
    }
  })

  it('limits what one answer may bring, not what a session may', async () => {
    const half = `SELECT REPEAT('x', 10000000) AS x FROM (SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) AS four`
    await port(server.managedRoot, async (session) => {
      for (let time = 0; time < 2; time += 1) expect(await session.query(half)).to.have.length(4)
    })
    const failure = await failureOf(
      port(server.managedRoot, (session) => session.query(`${half} UNION ALL ${half}`))
    )
    expect(failure.kind).to.equal('unavailable')
  }).timeout(20_000)

  it('tells the error number, and names the statement without its values', async () => {
    const failure = await failureOf(
      port(server.managedRoot, (session) => session.query(`CREATE USER x IDENTIFIED BY 'secret' NONSENSE`))
    )
    expect(failure.kind).to.equal('unexpected')
    expect(failure.cause).to.be.instanceOf(MysqlError)
    expect(failure.message).to.equal('The database server refused CREATE USER (error 1064).')
  })

  it('says denied for a wrong password, and for what it may not', async () => {
    const failure = await failureOf(port({ ...server.managedRoot, password: 'wrong' }, async () => undefined))
    expect(failure.kind).to.equal('denied')
    const may = await failureOf(port(server.managedRoot, (session) => session.query('DROP DATABASE sys')))
    expect(may.kind).to.equal('denied')
  })

  it('rolls back what was not committed when it ends', async () => {
    await asMysql(server.superuser, 'DROP TABLE IF EXISTS sys.rolled; CREATE TABLE sys.rolled (n INT)')
    await port(server.superuser, async (session) => {
      await session.query('START TRANSACTION')
      await session.query('INSERT INTO sys.rolled VALUES (1)')
    })
    const [row] = await asMysql(server.superuser, 'SELECT COUNT(*) AS many FROM sys.rolled')
    expect(row?.['many']).to.equal(0)
    await asMysql(server.superuser, 'DROP TABLE sys.rolled')
  })

  it('ends a statement under way when the step is ended', async () => {
    const controller = new AbortController()
    const begun = performance.now()
    const asking = mysqlPort({ signal: controller.signal })(server.managedRoot, async (session) => {
      setTimeout(() => controller.abort(), 50)
      await session.query('SELECT SLEEP(20)')
    })
    const failure = await failureOf(asking)
    expect(failure.kind).to.equal('unavailable')
    expect(failure.mayHaveHappened).to.equal(true)
    expect(performance.now() - begun).to.be.lessThan(5000)
  })

  it('leaves a server that says nothing any more', async () => {
    const impatient = mysqlPort({ signal, silenceMs: 200 })
    const failure = await failureOf(
      impatient(server.managedRoot, (session) => session.query('SELECT SLEEP(20)'))
    )
    expect(failure).to.include({ kind: 'unavailable', mayHaveHappened: true })
  }).timeout(10_000)

  it('begins nothing when the step has ended', async () => {
    const controller = new AbortController()
    controller.abort()
    const failure = await failureOf(
      mysqlPort({ signal: controller.signal })(server.managedRoot, async () => 'x')
    )
    expect(failure.kind).to.equal('unavailable')
  })

  it('says unavailable, and that it may have happened, when the session is killed', async () => {
    const failure = await failureOf(
      port(server.managedRoot, async (session) => {
        const [row] = await session.query('SELECT CONNECTION_ID() AS id')
        const asking = session.query('SELECT SLEEP(20)')
        const [refusal] = await Promise.all([
          asking.catch((error: unknown) => error),
          asMysql(server.superuser, `KILL ${String(row?.['id'])}`)
        ])
        throw refusal
      })
    )
    expect(failure).to.include({ kind: 'unavailable', mayHaveHappened: true })
  })

  it('tells the observer every statement by its label', async () => {
    const seen: SqlOutcome[] = []
    const observed = mysqlPort({ signal, observe: (outcome) => seen.push(outcome) })
    await observed(server.managedRoot, (session) => session.query('-- count\nSELECT 1'))
    await observed(server.managedRoot, (session) => session.query('SELECT nonsense')).catch(() => undefined)
    expect(seen.map((each) => each.statement)).to.deep.equal(['connect', 'count', 'connect', 'SELECT'])
    expect(seen.map((each) => each.failure?.kind)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      'unexpected'
    ])
  })
})

describe('the kind of an error of MySQL', () => {
  const table = {
    1040: 'unavailable',
    1205: 'unavailable',
    1213: 'unavailable',
    1290: 'unavailable',
    1969: 'unavailable',
    3024: 'unavailable',
    1044: 'denied',
    1045: 'denied',
    1227: 'denied',
    1007: 'conflict',
    1396: 'unexpected',
    1064: 'unexpected'
  }
  for (const [code, kind] of Object.entries(table)) {
    it(`${code} is ${kind}`, () => expect(kindOfMysqlError(Number(code))).to.equal(kind))
  }
})
