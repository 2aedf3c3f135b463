import { expect } from 'chai'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import { SqlState } from '../../src/contract/ports.ts'
import { postgresqlPort } from '../../src/transport/postgresql.ts'
import { kindOfSqlState } from '../../src/transport/sql-failure.ts'
import type { SqlOutcome } from '../../src/transport/sql-outcome.ts'
import { statementLabel } from '../../src/transport/statement-label.ts'
import { failureOf } from '../support/failures.ts'
import { hostilePostgres, hostileTlsPostgres, message } from '../support/hostile-postgres.ts'
import { guardsAddresses, tellsNothingToStrangers } from '../support/port-suites.ts'
import { postgresServer, type TestServer, withClient } from '../support/postgres-server.ts'
import { selfSigned } from '../support/self-signed.ts'

const PASSWORD = 'Only-For-The-Right-Server-1'
const { signal } = new AbortController()
const port = postgresqlPort({ signal })

function accessTo(number: number): PostgresqlAccess {
  return {
    kind: 'postgresql',
    host: '127.0.0.1',
    port: number,
    database: 'd',
    user: 'u',
    password: PASSWORD,
    network: 'private'
  }
}

describe('the postgresql port and a server that it must not trust', () => {
  const demands: readonly (readonly [string, Buffer])[] = [
    ['a clear-text password', message('R', 3)],
    ['an MD5 password', message('R', 5, 'salt')],
    ['no password', Buffer.concat([message('R', 0), message('Z', 'I')])],
    ['only a mechanism that is not SCRAM-SHA-256', message('R', 10, 'PLAIN\0\0')],
    ['GSSAPI, which its library does not know', message('R', 7)],
    ['nonsense', message('?', 'HTTP')],
    ['the rows of a question nobody asked', message('G', '\0\0\0')]
  ]
  for (const [what, answer] of demands) {
    it(`sends no password when asked for ${what}`, async () => {
      const server = await hostilePostgres(answer)
      try {
        const failure = await failureOf(port(accessTo(server.port), (session) => session.query('SELECT 1')))
        expect(failure.kind).to.be.oneOf(['denied', 'unavailable', 'unexpected'])
        expect(failure.message).not.to.contain(PASSWORD)
        expect(server.received()).not.to.contain(PASSWORD)
        expect(server.received()).not.to.match(/\0\0\0.md5/)
        expect(server.received().slice(8)).to.contain('search_path=pg_catalog')
      } finally {
        await server.close()
      }
    })
  }

  it('says denied, and what was asked for, when it is clear text', async () => {
    const server = await hostilePostgres(message('R', 3))
    try {
      const failure = await failureOf(port(accessTo(server.port), async () => undefined))
      expect(failure.kind).to.equal('denied')
      expect(failure.message).to.contain('clear-text')
    } finally {
      await server.close()
    }
  })

  it('says denied, and what would mend it, when no password is asked for', async () => {
    const server = await hostilePostgres(Buffer.concat([message('R', 0), message('Z', 'I')]))
    try {
      const failure = await failureOf(port(accessTo(server.port), (session) => session.query('SELECT 1')))
      expect(failure.kind).to.equal('denied')
      expect(failure.message).to.contain('asked for no password').and.to.contain('pg_hba.conf')
    } finally {
      await server.close()
    }
  })

  it('does not go on without TLS where TLS is wanted', async () => {
    const server = await hostilePostgres(Buffer.from('N'))
    try {
      const failure = await failureOf(port({ ...accessTo(server.port), tls: {} }, async () => undefined))
      expect(failure.kind).to.equal('denied')
      expect(server.received()).not.to.contain('search_path')
    } finally {
      await server.close()
    }
  })

  describe('behind TLS', () => {
    const { certificate, key } = selfSigned()
    let server: Awaited<ReturnType<typeof hostileTlsPostgres>>

    before(async () => {
      server = await hostileTlsPostgres(message('R', 3), certificate, key)
    })

    after(() => server.close())

    const asked = (tls: NonNullable<PostgresqlAccess['tls']>, host = '127.0.0.1') =>
      failureOf(port({ ...accessTo(server.port), host, tls }, async () => undefined))

    tellsNothingToStrangers({ certificate, asked, received: () => server.received() })

    it('sends no readable password to one whose certificate is right', async () => {
      for (const tls of [{ ca: certificate }, { ca: certificate, servername: 'localhost' }]) {
        const failure = await asked(tls)
        expect(failure.message).to.contain('clear-text')
      }
      expect(server.received()).to.contain('search_path')
      expect(server.received()).not.to.contain(PASSWORD)
    })
  })
})

describe('the postgresql port and addresses', () => {
  guardsAddresses(accessTo(1), (access, lookup) =>
    postgresqlPort({ signal, ...(lookup && { lookup }) })(access, async () => undefined)
  )
})

describe('the postgresql port', () => {
  let server: TestServer

  before(async function () {
    this.timeout(30_000)
    server = await postgresServer()
  })

  it('hands over JSON: numbers, truth values, text', async () => {
    const rows = await port(server.managedRoot, (session) =>
      session.query('SELECT 1 AS a, 2::int8 AS b, true AS c, now()::text AS d, NULL AS e, $1 AS f', ['x'])
    )
    expect(rows[0]).to.deep.include({ a: 1, b: 2, c: true, e: null, f: 'x' })
    expect(rows[0]?.['d']).to.be.a('string')
  })

  it('beats what is set on the database and on the role', async () => {
    const { superuser, managedRoot } = server
    const name = `"${managedRoot.user}"`
    const poison = ['search_path = public', 'row_security = on', 'default_transaction_read_only = on']
    await withClient(superuser, async (client) => {
      for (const each of poison) await client.query(`ALTER ROLE ${name} IN DATABASE postgres SET ${each}`)
    })
    try {
      const rows = await port(managedRoot, (session) =>
        session.query(`SELECT current_setting('search_path') AS path, current_setting('row_security') AS security,
          current_setting('default_transaction_read_only') AS reads, current_setting('statement_timeout') AS statement,
          current_setting('lock_timeout') AS lock, current_setting('role') AS role`)
      )
      expect(rows[0]).to.deep.equal({
        path: 'pg_catalog',
        security: 'off',
        reads: 'off',
        statement: '30s',
        lock: '5s',
        role: 'none'
      })
    } finally {
      await withClient(superuser, (client) =>
        client.query(`ALTER ROLE ${name} IN DATABASE postgres RESET ALL`)
      )
    }
  })

  it('logs in as who is named, and waits for ever where it must', async () => {
    const { url, drop } = await server.freshDatabase()
    const { username, password, pathname } = new URL(url)
    const options = {
      database: pathname.slice(1),
      as: { name: username, password },
      patience: 'long'
    } as const
    try {
      const rows = await port(
        server.managedRoot,
        async (session) => {
          await session.query('SET lock_timeout = 250')
          return session.query(`SELECT session_user::text AS who, current_database()::text AS database,
            current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
            current_setting('idle_in_transaction_session_timeout') AS transaction, current_setting('idle_session_timeout') AS idle,
            current_setting('tcp_keepalives_idle') AS keepalive, current_setting('tcp_keepalives_interval') AS interval,
            current_setting('tcp_keepalives_count') AS count, current_setting('client_connection_check_interval') AS check,
            current_setting('search_path') AS path`)
        },
        options
      )
      expect(rows[0]).to.deep.equal({
        who: username,
        database: pathname.slice(1),
        statement: '0',
        lock: '250ms',
        transaction: '0',
        idle: '0',
        keepalive: '30',
        interval: '10',
        count: '3',
        check: '5s',
        path: 'pg_catalog'
      })
    } finally {
      await drop()
    }
  })

  it('with patience leaves no server for its silence, but when the step is ended', async () => {
    const controller = new AbortController()
    const patient = postgresqlPort({ signal: controller.signal, silenceMs: 50 })
    const failure = await failureOf(
      patient(
        server.managedRoot,
        async (session) => {
          await session.query('SELECT pg_sleep(0.3)')
          controller.abort()
          await session.query('SELECT pg_sleep(20)')
        },
        { patience: 'long' }
      )
    )
    expect(failure.message).to.contain('The step was ended')
  })

  it('limits what one answer may bring, not what a session may', async () => {
    const half = `SELECT repeat('x', 10000000) AS x FROM generate_series(1, 4)`
    const failure = await failureOf(
      port(server.managedRoot, async (session) => {
        await session.query(half)
        await session.query(half)
        await session.query(half.replace('4', '8'))
      })
    )
    expect(failure.kind).to.equal('unavailable')
    await port(server.managedRoot, async (session) => {
      for (let time = 0; time < 3; time += 1) expect(await session.query(half)).to.have.length(4)
    })
  })

  it('tells the SQLSTATE, and names the statement without its values', async () => {
    const failure = await failureOf(
      port(server.managedRoot, (session) => session.query(`CREATE ROLE "x" PASSWORD 'secret' NONSENSE`))
    )
    expect(failure.kind).to.equal('unexpected')
    expect(failure.cause).to.be.instanceOf(SqlState)
    expect((failure.cause as SqlState).code).to.equal('42601')
    expect(failure.message).to.equal('The database server refused CREATE ROLE (SQLSTATE 42601).')
  })

  it('says denied for a wrong password', async () => {
    const failure = await failureOf(port({ ...server.managedRoot, password: 'wrong' }, async () => undefined))
    expect(failure.kind).to.equal('denied')
  })

  it('rolls a transaction back when its body throws, and goes on', async () => {
    const rows = await port(server.managedRoot, async (session) => {
      const body = session.transaction(async () => {
        await session.query('CREATE ROLE rolled_back')
        throw new Error('no')
      })
      expect(await body.catch((error: Error) => error.message)).to.equal('no')
      return session.query("SELECT to_regrole('rolled_back') AS found")
    })
    expect(rows[0]?.['found']).to.equal(null)
  })

  it('takes a transaction for failed when the server rolled it back', async () => {
    const failure = await failureOf(
      port(server.managedRoot, (session) =>
        session.transaction(async () => {
          await session.query('SELECT 1/0').catch(() => undefined)
        })
      )
    )
    expect(failure.kind).to.equal('unexpected')
  })

  it('ends a statement under way when the step is ended', async () => {
    const controller = new AbortController()
    const begun = performance.now()
    const asking = postgresqlPort({ signal: controller.signal })(server.managedRoot, async (session) => {
      setTimeout(() => controller.abort(), 50)
      await session.query('SELECT pg_sleep(20)')
    })
    const failure = await failureOf(asking)
    expect(failure.kind).to.equal('unavailable')
    expect(failure.mayHaveHappened).to.equal(true)
    expect(performance.now() - begun).to.be.lessThan(5000)
  })

  it('leaves a server that says nothing any more', async () => {
    const impatient = postgresqlPort({ signal, silenceMs: 200 })
    const began = performance.now()
    const failure = await failureOf(
      impatient(server.managedRoot, (session) => session.query('SELECT pg_sleep(20)'))
    )
    expect(failure).to.include({ kind: 'unavailable', mayHaveHappened: true })
    expect(performance.now() - began).to.be.lessThan(10_000)
  })

  it('begins nothing when the step has ended', async () => {
    const controller = new AbortController()
    controller.abort()
    const failure = await failureOf(
      postgresqlPort({ signal: controller.signal })(server.managedRoot, async () => 'x')
    )
    expect(failure.kind).to.equal('unavailable')
  })

  it('says unavailable, and that it may have happened, when the session is terminated', async () => {
    const failure = await failureOf(
      port(server.managedRoot, async (session) => {
        const [row] = await session.query('SELECT pg_backend_pid() AS pid')
        const asking = session.query('SELECT pg_sleep(20)')
        const [refusal] = await Promise.all([
          asking.catch((error: unknown) => error),
          withClient(server.superuser, (client) =>
            client.query('SELECT pg_terminate_backend($1)', [row?.['pid']])
          )
        ])
        throw refusal
      })
    )
    expect(failure.kind).to.equal('unavailable')
    expect(failure.mayHaveHappened).to.equal(true)
  })

  it('tells the observer every statement by its label', async () => {
    const seen: SqlOutcome[] = []
    const observed = postgresqlPort({ signal, observe: (outcome) => seen.push(outcome) })
    await observed(server.managedRoot, (session) => session.query('-- count roles\nSELECT 1')).catch(
      () => undefined
    )
    await observed(server.managedRoot, (session) => session.query('SELECT 1/0')).catch(() => undefined)
    expect(seen.map((each) => each.statement)).to.deep.equal(['connect', 'count roles', 'connect', 'SELECT'])
    expect(seen.map((each) => each.failure?.kind)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      'unexpected'
    ])
  })
})

describe('the label of a statement', () => {
  it('ends before the first value', () => {
    expect(statementLabel(`CREATE ROLE "b1" LOGIN PASSWORD 'x'`)).to.equal('CREATE ROLE')
    expect(statementLabel('ALTER DEFAULT PRIVILEGES FOR ROLE "x"')).to.equal(
      'ALTER DEFAULT PRIVILEGES FOR ROLE'
    )
    expect(statementLabel('SELECT SECRET1')).to.equal('SELECT')
    expect(statementLabel('-- end sessions\nSELECT 1')).to.equal('end sessions')
    expect(statementLabel('"x"')).to.equal('a statement')
  })
})

describe('the kind of a SQLSTATE', () => {
  const table = {
    '08006': 'unavailable',
    '57P03': 'unavailable',
    '53300': 'unavailable',
    '53100': 'unavailable',
    '57014': 'unavailable',
    '55P03': 'unavailable',
    '40P01': 'unavailable',
    '28P01': 'denied',
    '42501': 'denied',
    '42710': 'conflict',
    '42P04': 'conflict',
    '3D000': 'unexpected',
    '42704': 'unexpected',
    '55000': 'unexpected',
    '42601': 'unexpected'
  }
  for (const [code, kind] of Object.entries(table)) {
    it(`of ${code} is ${kind}`, () => expect(kindOfSqlState(code)).to.equal(kind))
  }
})
