import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { PostgresqlSession } from '../../src/contract/ports.ts'
import { postgresqlPort } from '../../src/transport/postgresql.ts'
import { until } from '../support/core.ts'
import { postgresServer, type TestServer, withClient } from '../support/postgres-server.ts'
import { type Breaker, type FaultKind, openBreaker, ProcessDeath } from './breaker.ts'
import { noPorts } from './ports.ts'

describe('the breaker over a real PostgreSQL', function () {
  this.timeout(60_000)
  let server: TestServer
  let breaker: Breaker

  before(async () => {
    server = await postgresServer()
    await withClient(server.superuser, (client) => client.query('CREATE TABLE public.broken (n integer)'))
  })

  beforeEach(async () => {
    await withClient(server.superuser, (client) => client.query('TRUNCATE public.broken'))
    breaker = openBreaker((context) => ({
      ...context,
      ...noPorts('only the server is asked'),
      postgresql: postgresqlPort({ signal: context.signal })
    }))
  })

  after(() => withClient(server.superuser, (client) => client.query('DROP TABLE public.broken')))

  async function run(
    kind: FaultKind,
    what: string,
    use: (session: PostgresqlSession) => Promise<unknown>
  ): Promise<unknown> {
    breaker.arm((_, point) => (point.what === what ? kind : undefined))
    const context = { now: new Date(0), attempt: 1, note: () => undefined }
    return breaker
      .step('step', context, (call) => call.postgresql(server.superuser, use))
      .then(
        () => undefined,
        (error: unknown) => error
      )
  }

  function look(sql: string): Promise<number> {
    return withClient(server.superuser, async (client) => Number((await client.query(sql)).rows[0]?.n))
  }
  const rows = (): Promise<number> => look('SELECT count(*) AS n FROM public.broken')
  const strangers = (): Promise<number> =>
    look(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`
    )

  const insert = (session: PostgresqlSession) => session.query('INSERT INTO public.broken VALUES (1)')
  const inTransaction = (session: PostgresqlSession) => session.transaction(() => insert(session))
  const careless = (session: PostgresqlSession) =>
    session.transaction(() => insert(session).catch(() => 'never mind'))

  const cases: readonly [
    FaultKind,
    string,
    string,
    (session: PostgresqlSession) => Promise<unknown>,
    number
  ][] = [
    ['death before', 'INSERT INTO', 'a statement', insert, 0],
    ['death after', 'INSERT INTO', 'a statement', insert, 1],
    ['time-out before', 'INSERT INTO', 'a statement', insert, 0],
    ['time-out after', 'INSERT INTO', 'a statement', insert, 1],
    ['error before', 'INSERT INTO', 'a statement', insert, 0],
    ['error after', 'INSERT INTO', 'a statement', insert, 1],
    ['death after', 'INSERT INTO', 'a statement of a transaction', inTransaction, 0],
    ['error after', 'INSERT INTO', 'a statement of a transaction', inTransaction, 0],
    ['error after', 'INSERT INTO', 'a statement whose failure nobody minds', careless, 0],
    ['death before', 'COMMIT', 'a commit', inTransaction, 0],
    ['death after', 'COMMIT', 'a commit', inTransaction, 1],
    ['time-out before', 'COMMIT', 'a commit', inTransaction, 0],
    ['time-out after', 'COMMIT', 'a commit', inTransaction, 1],
    ['error before', 'COMMIT', 'a commit', inTransaction, 0],
    ['error after', 'COMMIT', 'a commit', inTransaction, 1]
  ]

  for (const [kind, point, title, use, expected] of cases) {
    it(`${kind} ${title} leaves ${expected === 1 ? 'its row' : 'nothing'} and no session`, async () => {
      const error = await run(kind, point, use)
      expect(error).to.be.instanceOf(kind.startsWith('death') ? ProcessDeath : ProviderFailure)
      expect(await rows()).to.equal(expected)
      await until(async () => (await strangers()) === 0)
    })
  }

  it('lets nothing of a dead step reach the server, and never goes on with its code', async () => {
    let wentOn = false
    await run('death after', 'INSERT INTO', async (session) => {
      await insert(session).finally(() => {
        wentOn = true
      })
      await insert(session)
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(wentOn).to.equal(false)
    expect(await rows()).to.equal(1)
  })
})
