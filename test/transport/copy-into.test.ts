import { expect } from 'chai'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { type PostgresqlSession, SqlState } from '../../src/contract/ports.ts'
import { postgresqlPort } from '../../src/transport/postgresql.ts'
import type { SqlOutcome } from '../../src/transport/sql-outcome.ts'
import { postgresServer, type TestServer, withClient } from '../support/postgres-server.ts'
import { selfSigned } from '../support/self-signed.ts'
import { tlsFront } from '../support/tls-front.ts'

const port = postgresqlPort({ signal: new AbortController().signal })
const FROM = 'COPY public.t TO STDOUT'
const INTO = 'COPY public.t FROM STDIN'
const statements = { from: FROM, into: INTO }
const binary = { from: `${FROM} (FORMAT binary)`, into: `${INTO} (FORMAT binary)` }
/** Takes a millisecond for each row. */
const SLOW = 'COPY (SELECT * FROM public.t WHERE pg_sleep(0.001)::text IS NOT NULL) TO STDOUT'
const ROWS = 20_000
const SUM = 'SELECT count(*) AS rows, sum(hashtextextended(t::text, 7))::text AS sum FROM public.t'

async function failureOf(promise: Promise<unknown>): Promise<ProviderFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason
  )
  if (!(error instanceof ProviderFailure)) throw new Error(`no ProviderFailure but ${String(error)}`)
  return error
}

describe('copyInto', function () {
  this.timeout(30_000)
  let server: TestServer
  let source: PostgresqlAccess
  let target: PostgresqlAccess
  const drops: (() => Promise<void>)[] = []

  async function database(): Promise<PostgresqlAccess> {
    const { url, drop } = await server.freshDatabase()
    drops.push(drop)
    const { username, password, pathname } = new URL(url)
    return { ...server.managedRoot, user: username, password, database: pathname.slice(1) }
  }

  const both = <T>(
    use: (from: PostgresqlSession, to: PostgresqlSession) => Promise<T>,
    [first, second] = [port, port]
  ) => first(source, (from) => second(target, (to) => use(from, to)))

  const asSuperuser = (access: PostgresqlAccess, sql: string) =>
    withClient({ ...server.superuser, database: access.database }, (client) => client.query(sql))

  const table = (access: PostgresqlAccess, more = '') =>
    asSuperuser(
      access,
      `CREATE TABLE public.t (id int, word text, at timestamptz ${more}); ALTER TABLE public.t OWNER TO ${access.user}`
    )

  before(async () => {
    server = await postgresServer()
  })

  beforeEach(async () => {
    source = await database()
    target = await database()
    await table(source)
    await asSuperuser(
      source,
      `INSERT INTO public.t SELECT i, repeat('é\\x' || i, i % 50), now() + i * interval '1 s' FROM generate_series(1, ${ROWS}) i`
    )
  })

  afterEach(async () => {
    for (const drop of drops.splice(0)) await drop()
  })

  for (const [format, texts] of [
    ['text', statements],
    ['binary', binary]
  ] as const) {
    it(`copies every row of a table as ${format}, and both sessions go on`, async () => {
      await table(target)
      let bytes = 0
      const seen = await both(async (from, to) => {
        const rows = await from.copyInto(to, texts, (more) => {
          bytes += more
        })
        expect(rows).to.equal(ROWS)
        const again = await from.copyInto(to, texts)
        expect(again).to.equal(ROWS)
        await to.query('DELETE FROM public.t WHERE ctid IN (SELECT max(ctid) FROM public.t GROUP BY id)')
        return [(await from.query(SUM))[0], (await to.query(SUM))[0]]
      })
      expect(seen[1]).to.deep.equal(seen[0])
      expect(seen[0]).to.include({ rows: ROWS })
      expect(bytes).to.be.greaterThan(ROWS * 50)
    })
  }

  it('copies between servers behind TLS', async () => {
    await table(target)
    const { certificate, key } = selfSigned()
    const front = await tlsFront(server.port, certificate, key)
    const secured = (access: PostgresqlAccess) => ({ ...access, port: front.port, tls: { ca: certificate } })
    try {
      const seen = await port(secured(source), (from) =>
        port(secured(target), async (to) => {
          expect(await from.copyInto(to, binary)).to.equal(ROWS)
          return [(await from.query(SUM))[0], (await to.query(SUM))[0]]
        })
      )
      expect(seen[1]).to.deep.equal(seen[0])
    } finally {
      await front.close()
    }
  })

  it('does not count rows against the limit of an answer', async () => {
    const big = {
      from: `COPY (SELECT i, repeat('x', 10000), NULL FROM generate_series(1, 10000) i) TO STDOUT`,
      into: INTO
    }
    await table(target)
    const [row] = await both(async (from, to) => {
      expect(await from.copyInto(to, big)).to.equal(10_000)
      const failure = await failureOf(from.query(big.from.slice(6, -11)))
      expect(failure.kind).to.equal('unavailable')
      return to.query('SELECT sum(length(word))::int8 AS length FROM public.t')
    })
    expect(row).to.deep.equal({ length: 100_000_000 })
  })

  it('copies an empty table', async () => {
    await table(target)
    await asSuperuser(source, 'TRUNCATE public.t')
    expect(await both((from, to) => from.copyInto(to, statements))).to.equal(0)
  })

  it('copies within transactions of both sides, amid notices and reported settings', async () => {
    await table(target)
    await asSuperuser(
      target,
      `CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF NEW.id % 100 = 0 THEN RAISE WARNING 'row %', NEW.id; PERFORM set_config('application_name', 'at ' || NEW.id, true); END IF;
         RETURN NEW; END $$;
       CREATE TRIGGER tell BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.tell()`
    )
    const said = { from: 'COPY (SELECT public.said(id), word, at FROM public.t) TO STDOUT', into: INTO }
    await asSuperuser(
      source,
      `CREATE FUNCTION public.said(id int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
         IF id % 100 = 0 THEN RAISE WARNING 'row %', id; PERFORM set_config('application_name', 'at ' || id, true); END IF;
         RETURN id; END $$`
    )
    const seen = await both((from, to) =>
      from.transaction(() =>
        to.transaction(async () => {
          expect(await from.copyInto(to, said)).to.equal(ROWS)
          return [(await from.query(SUM))[0], (await to.query(SUM))[0]]
        })
      )
    )
    expect(seen[1]).to.deep.equal(seen[0])
  })

  it('tells the refusal of the source half way, and the target keeps nothing', async () => {
    await table(target)
    const failing = {
      from: '-- copy the shop\nCOPY (SELECT id / (id - 15000), word, at FROM public.t) TO STDOUT',
      into: INTO
    }
    const failure = await failureOf(
      both(async (from, to) => {
        const copying = from.copyInto(to, failing)
        await copying.catch(() => undefined)
        expect((await failureOf(to.query('SELECT 1'))).kind).to.equal('unavailable')
        expect((await failureOf(from.query('SELECT 1'))).kind).to.equal('unavailable')
        return copying
      })
    )
    expect(failure.message).to.equal('The database server refused copy the shop (SQLSTATE 22012).')
    expect((failure.cause as SqlState).code).to.equal('22012')
    const [row] = await port(target, (to) => to.query(SUM))
    expect(row).to.include({ rows: 0 })
  })

  it('tells the refusal of the target half way, and the source is left', async () => {
    await table(target, ', UNIQUE (id)')
    await asSuperuser(source, 'UPDATE public.t SET id = 1 WHERE id = 15000')
    const failure = await failureOf(both((from, to) => from.copyInto(to, binary)))
    expect(failure.cause).to.be.instanceOf(SqlState)
    expect((failure.cause as SqlState).code).to.equal('23505')
    expect(failure.message).to.contain('refused COPY')
  })

  it('lets the refusal through the transactions around it', async () => {
    await table(target, ', CHECK (id < 15000)')
    const failure = await failureOf(
      both((from, to) => from.transaction(() => to.transaction(() => from.copyInto(to, statements))))
    )
    expect((failure.cause as SqlState).code).to.equal('23514')
  })

  it('tells the refusal of either side before the first row', async () => {
    const missing = await failureOf(both((from, to) => from.copyInto(to, statements)))
    expect((missing.cause as SqlState).code).to.equal('42P01')
    await table(target)
    const wrong = await failureOf(
      both((from, to) => from.copyInto(to, { from: 'COPY public.u TO STDOUT', into: INTO }))
    )
    expect((wrong.cause as SqlState).code).to.equal('42P01')
  })

  it('takes for unexpected what is not one COPY in each direction', async () => {
    await table(target)
    const wrong = [
      { from: 'SELECT 1', into: INTO },
      { from: FROM, into: 'SELECT 1' },
      { from: FROM, into: FROM },
      { from: `${FROM}; ${FROM}`, into: INTO },
      { from: INTO, into: INTO }
    ]
    for (const each of wrong) {
      const failure = await failureOf(both((from, to) => from.copyInto(to, each)))
      expect(failure.kind, JSON.stringify(each)).to.be.oneOf(['unexpected', 'unavailable'])
    }
    const [row] = await port(target, (to) => to.query(SUM))
    expect(row).to.include({ rows: 0 })
  })

  it('fails when the target keeps fewer rows than the source sent', async () => {
    await table(target)
    const failure = await failureOf(
      both((from, to) => from.copyInto(to, { from: FROM, into: `${INTO} WHERE id > 5` }))
    )
    expect(failure.kind).to.equal('unexpected')
    expect(failure.message).to.contain('different numbers')
  })

  it('copies within one server, but not into the same session', async () => {
    await table(target)
    const refused = await port(source, (from) =>
      from.copyInto(from, statements).catch((error: unknown) => error)
    )
    expect(refused).to.be.instanceOf(TypeError)
  })

  for (const side of ['source', 'target'] as const) {
    it(`ends at once when the step of the ${side} is ended half way`, async () => {
      await table(target)
      const controller = new AbortController()
      const ending = postgresqlPort({ signal: controller.signal })
      const began = performance.now()
      const failure = await failureOf(
        both(
          (from, to) => from.copyInto(to, { from: SLOW, into: INTO }, () => controller.abort()),
          side === 'source' ? [ending, port] : [port, ending]
        )
      )
      expect(failure).to.include({ kind: 'unavailable', mayHaveHappened: true })
      expect(performance.now() - began).to.be.lessThan(10_000)
    })
  }

  it('says unavailable when either session is terminated half way', async () => {
    await table(target)
    for (const side of [0, 1]) {
      const failure = await failureOf(
        both(async (from, to) => {
          const [row] = await [from, to][side]!.query('SELECT pg_backend_pid() AS pid')
          const copying = from.copyInto(to, { from: SLOW, into: INTO })
          await Promise.all([
            copying.catch(() => undefined),
            withClient(server.superuser, (client) =>
              client.query('SELECT pg_terminate_backend($1)', [row?.['pid']])
            )
          ])
          return copying
        })
      )
      expect(failure).to.include({ kind: 'unavailable', mayHaveHappened: true })
    }
  })

  it('holds the source back while the target does not read', async () => {
    await table(target)
    const big = {
      from: `COPY (SELECT i, repeat('x', 10000), NULL FROM generate_series(1, 20000) i) TO STDOUT`,
      into: INTO
    }
    let bytes = 0
    await withClient({ ...server.superuser, database: target.database }, async (locker) => {
      await locker.query(
        `CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF NEW.id = 100 THEN PERFORM pg_advisory_xact_lock(7); END IF; RETURN NULL; END $$;
         CREATE TRIGGER wait BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.wait()`
      )
      await locker.query('SELECT pg_advisory_lock(7)')
      const failure = await failureOf(
        both(async (from, to) => {
          await to.query('SET lock_timeout = 0')
          const copying = from.copyInto(to, big, (more) => {
            bytes += more
          })
          copying.catch(() => undefined)
          const held = await standstill(() => bytes)
          expect(held).to.be.greaterThan(500_000).and.lessThan(40_000_000)
          await locker.query('SELECT pg_advisory_unlock(7)')
          return copying
        })
      )
      // The trigger kept nothing.
      expect(failure.message).to.contain('different numbers')
    })
    expect(bytes).to.be.greaterThan(200_000_000)
  })

  it('tells the observer each copy by its label', async () => {
    await table(target)
    const seen: SqlOutcome[] = []
    const observed = postgresqlPort({
      signal: new AbortController().signal,
      observe: (outcome) => seen.push(outcome)
    })
    await both((from, to) => from.copyInto(to, { from: `-- copy t\n${FROM}`, into: INTO }), [observed, port])
    expect(seen.map((each) => [each.statement, each.failure])).to.deep.equal([
      ['connect', undefined],
      ['copy t', undefined]
    ])
  })
})

/** The number once it has stood still, above nothing, for half a second. */
async function standstill(read: () => number): Promise<number> {
  for (let before = -1; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const now = read()
    if (now > 0 && now === before) return now
    before = now
  }
}
