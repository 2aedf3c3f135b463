import { expect } from 'chai'
import pg from 'pg'
import type { PostgresqlAccess } from '../../../../src/contract/access.ts'
import type { Login } from '../../../../src/contract/adapter.ts'
import type { ProviderFailure } from '../../../../src/contract/errors.ts'
import type { Hold, Moving } from '../../../../src/contract/move.ts'
import type { MoveCall } from '../../../../src/contract/ports.ts'
import { freeze } from '../../../../src/families/postgresql/move/freeze.ts'
import { pin } from '../../../../src/families/postgresql/move/pin.ts'
import { stepLogin } from '../../../../src/families/postgresql/move/step-login.ts'
import { thaw } from '../../../../src/families/postgresql/move/thaw.ts'
import { makeStep, moveCall, movingOf, rightsOutside } from '../../../support/moving.ts'
import {
  anotherPostgresServer,
  postgresServer,
  type TestServer,
  withClient
} from '../../../support/postgres-server.ts'
import { asLogin, newTenant, type Tenant } from '../../../support/postgres-tenant.ts'

const PLAN = { connections: 20 }

describe('the freeze of a postgresql move', function () {
  this.timeout(60_000)
  let server: TestServer
  let source: Tenant
  let target: Tenant
  let writer: Login
  let owner: Login
  let reader: Login
  let moving: Moving<PostgresqlAccess>
  let rights: unknown
  const call = moveCall()

  before(async () => {
    server = await postgresServer()
    ;[source, target] = [await newTenant(server, PLAN), await newTenant(server, PLAN)]
    ;[writer, owner] = [await source.bind(), await source.bind()]
    reader = await source.bind({ access: 'read-only' })
    await asLogin(source.access, writer, [
      'CREATE TABLE kept (id int GENERATED ALWAYS AS IDENTITY, v text)',
      'CREATE TABLE parts (k int) PARTITION BY LIST (k)',
      'CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1)',
      `GRANT INSERT, SELECT ON kept TO "${source.name}_ro"`,
      `CREATE SEQUENCE steps`
    ])
    await asLogin(source.access, owner, [
      'SET ROLE NONE',
      'CREATE SCHEMA own',
      'CREATE TABLE own.kept (v int)'
    ])
    moving = movingOf(source, target, [writer, owner, reader])
  })

  beforeEach(async () => {
    await asLogin(source.access, writer, 'TRUNCATE kept RESTART IDENTITY')
    rights = await rightsOutside(server)
    await makeStep(server, moving, 'from')
  })

  after(async () => {
    await target.remove()
    await source.remove()
  })

  const frozen = async <T>(use: (hold: Hold) => Promise<T>): Promise<T> => {
    const hold = await freeze(moving, call)
    try {
      return await use(hold)
    } finally {
      await hold.release()
    }
  }

  const session = async (login: Login, database = source.access.database) => {
    const { host, port } = source.access
    const client = new pg.Client({ host, port, database, user: login.name, password: login.password })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: ProviderFailure) => error
    )

  it('SW-24 puts out every session, lets nobody in, and lets everybody write again afterwards', async () => {
    const [acting, owning] = [await session(writer), await session(owner)]
    const clients = [acting, owning, await session(reader)]
    await owning.query('SET ROLE NONE')
    await acting.query('BEGIN')
    await acting.query(`INSERT INTO kept (v) VALUES ('lost with its session')`)
    await frozen(async (hold) => {
      const writes = [`SELECT nextval('steps')`, 'SELECT lo_create(0)', 'CREATE TABLE late (v int)']
      for (const [at, client] of clients.entries()) {
        expect(await failureOf(client.query(String(writes[at])))).to.be.an('error')
      }
      for (const login of [writer, owner, reader])
        expect(await asLogin(source.access, login, 'SELECT 1')).to.equal('28000')
      await hold.check()
    })
    await thaw(moving, call)
    expect(await rightsOutside(server)).to.deep.equal(rights)
    expect(await asLogin(source.access, writer, `INSERT INTO kept (v) VALUES ('again')`)).to.deep.equal([])
    expect(
      await asLogin(source.access, owner, ['SET ROLE NONE', 'INSERT INTO own.kept VALUES (1)'])
    ).to.deep.equal([])
    expect(await asLogin(source.access, reader, `INSERT INTO kept (v) VALUES ('read-only')`)).to.deep.equal(
      []
    )
    expect(await asLogin(source.access, writer, 'SELECT v FROM kept ORDER BY id')).to.deep.equal([
      { v: 'again' },
      { v: 'read-only' }
    ])
    for (const client of clients) await client.end().catch(() => undefined)
  })

  it('lets whoever is about to finish finish', async () => {
    const client = await session(writer)
    await client.query('BEGIN')
    await client.query(`INSERT INTO kept (v) VALUES ('in time')`)
    const freezing = freeze(moving, call)
    await withClient(server.superuser, async (watcher) => {
      for (;;) {
        const { rows } = await watcher.query(
          `SELECT FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'`,
          [stepLogin(moving, 'from').name]
        )
        if (rows.length > 0) return
      }
    })
    await client.query('COMMIT')
    const hold = await freezing
    await hold.release()
    await thaw(moving, call)
    expect(await asLogin(source.access, writer, 'SELECT v FROM kept')).to.deep.equal([{ v: 'in time' }])
    await client.end().catch(() => undefined)
  })

  it('holds a superuser by the locks, and tells of it', async () => {
    const notes: string[] = []
    await withClient({ ...server.superuser, database: source.name }, async (client) => {
      const hold = await freeze(moving, { ...call, note: (text) => notes.push(text) })
      await client.query(`SET lock_timeout = '50ms'`)
      for (const write of [
        `INSERT INTO kept (v) VALUES ('x')`,
        'INSERT INTO own.kept VALUES (1)',
        'INSERT INTO parts VALUES (1)',
        'DELETE FROM parts_1',
        'DROP TABLE kept',
        'TRUNCATE own.kept'
      ]) {
        const refused = await failureOf(client.query(write))
        expect((refused as unknown as { code: string } | undefined)?.code, write).to.equal('55P03')
      }
      await hold.check()
      await hold.release()
    })
    expect(notes).to.deep.equal([
      `a session of the superuser postgres stays in ${source.name}; the locks hold it`
    ])
    await thaw(moving, call)
  })

  it('gives a snapshot that others can read', async () => {
    await asLogin(source.access, writer, `INSERT INTO kept (v) VALUES ('before')`)
    await frozen(async ({ snapshot }) => {
      const step = stepLogin(moving, 'from')
      const seen = await asLogin(source.access, step, [
        'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
        `SET TRANSACTION SNAPSHOT '${snapshot}'`,
        'SELECT v FROM kept'
      ])
      expect(seen).to.deep.equal([{ v: 'before' }])
    })
    await thaw(moving, call)
  })

  it('SW-25 refuses a check when somebody is in, may enter, or made a table', async () => {
    await frozen(async (hold) => {
      const root = async (sql: string) => withClient(server.superuser, (client) => client.query(sql))
      await root(`GRANT CONNECT ON DATABASE "${source.name}" TO "${source.name}"`)
      expect((await failureOf(hold.check()))?.message).to.contain(`${source.name} may enter the source again`)
      await root(`REVOKE CONNECT ON DATABASE "${source.name}" FROM "${source.name}"`)
      await root(`ALTER ROLE "${writer.name}" LOGIN`)
      expect((await failureOf(hold.check()))?.message).to.contain(`${writer.name} may log in again`)
      await root(`ALTER ROLE "${writer.name}" NOLOGIN`)
      await hold.check()
      await withClient({ ...server.superuser, database: source.name }, (client) =>
        client.query('CREATE TABLE sneaked (v int)')
      )
      expect((await failureOf(hold.check()))?.message).to.contain('others are there')
    })
    await thaw(moving, call)
    await withClient({ ...server.superuser, database: source.name }, (client) =>
      client.query('DROP TABLE sneaked')
    )
  })

  it('refuses a check when its session is gone, and the locks are gone with it', async () => {
    await frozen(async (hold) => {
      await withClient(server.superuser, (client) =>
        client.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1', [
          stepLogin(moving, 'from').name
        ])
      )
      expect((await failureOf(hold.check()))?.kind).to.equal('unavailable')
    })
    await thaw(moving, call)
    expect(await rightsOutside(server)).to.deep.equal(rights)
  })

  it('frees the locks when the step that holds it ends', async () => {
    const step = new AbortController()
    const hold = await freeze(moving, moveCall(step.signal))
    step.abort()
    await withClient({ ...server.superuser, database: source.name }, async (client) => {
      await client.query(`SET lock_timeout = '5s'`)
      await client.query(`INSERT INTO kept (v) VALUES ('free')`)
    })
    expect((await failureOf(hold.check()))?.kind).to.equal('unavailable')
    await hold.release()
    await hold.release()
    expect((await failureOf(hold.check()))?.message).to.contain('released')
    await thaw(moving, call)
  })

  it('is undone although the process that holds it does not know that it has been taken for dead', async () => {
    const hold = await freeze(moving, call)
    await thaw(moving, call)
    expect(await rightsOutside(server)).to.deep.equal(rights)
    expect(await asLogin(source.access, writer, `INSERT INTO kept (v) VALUES ('free')`)).to.deep.equal([])
    expect((await failureOf(hold.check()))?.kind).to.equal('unavailable')
    await hold.release()
  })

  it('shuts nobody out when a later attempt has taken over, and ended, while this one slept', async () => {
    const sleepy: MoveCall = {
      ...call,
      postgresql: (access, use, options) =>
        call.postgresql(
          access,
          async (opened) => {
            if (options?.as !== undefined) await thaw(moving, call)
            return use(opened)
          },
          options
        )
    }
    const failure = await failureOf(freeze(moving, sleepy))
    expect(failure).to.include({ kind: 'conflict' })
    expect(failure?.message).to.contain('has been ended by a later one')
    expect(await rightsOutside(server)).to.deep.equal(rights)
  })

  it('gives up when a superuser keeps a table, and lets everybody in again', async () => {
    await withClient({ ...server.superuser, database: source.name }, async (client) => {
      await client.query('BEGIN; LOCK TABLE parts_1 IN SHARE MODE')
      const failure = await failureOf(freeze(moving, call))
      expect(failure).to.include({ kind: 'unavailable' })
      expect(failure?.message).to.contain('somebody who cannot be ended: a superuser')
    })
    await thaw(moving, call)
    expect(await asLogin(source.access, writer, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
  })

  it('can be done again by a later attempt that finds it half done, and undone twice', async () => {
    const hold = await freeze(moving, call)
    await hold.release()
    const second = await freeze(moving, call)
    await second.check()
    await second.release()
    await thaw(moving, call)
    await thaw(moving, call)
    expect(await rightsOutside(server)).to.deep.equal(rights)
  })

  it('takes the right to enter from whomever it was given, and gives it back as it was', async () => {
    const grant = (role: string, sql: string) =>
      withClient(server.superuser, (client) => client.query(`SET ROLE "${role}"; ${sql}`))
    const root = server.managedRoot.user
    const database = `DATABASE "${source.name}"`
    const other = await target.bind()
    await grant(root, `GRANT CONNECT ON ${database} TO "${source.name}" WITH GRANT OPTION`)
    await grant(source.name, `GRANT CONNECT ON ${database} TO "${other.name}" WITH GRANT OPTION`)
    await grant(source.name, `GRANT CONNECT ON ${database} TO PUBLIC`)
    await grant(root, `GRANT CONNECT ON ${database} TO "${target.name}"`)
    const guest = await session(other, source.name)
    const enterers = () =>
      withClient(server.superuser, async (client) => {
        const { rows } = await client.query(
          'SELECT item::text FROM pg_database, unnest(datacl) item WHERE datname = $1 ORDER BY 1',
          [source.name]
        )
        return rows
          .map(({ item }) => item as string)
          .filter((item) => !item.startsWith(stepLogin(moving, 'from').name))
      })
    const had = await enterers()
    for (let round = 0; round < 2; round += 1) {
      await frozen(async (hold) => {
        expect(await failureOf(guest.query('SELECT 1'))).to.be.an('error')
        expect(await asLogin(source.access, other, 'SELECT 1')).to.equal('42501')
        await hold.check()
      })
    }
    await thaw(moving, call)
    expect(await enterers()).to.deep.equal(had)
    await guest.end().catch(() => undefined)
    await grant(root, `REVOKE CONNECT ON ${database} FROM "${source.name}", "${target.name}" CASCADE`)
    await grant(root, `GRANT CONNECT ON ${database} TO "${source.name}"`)
    await target.unbind(other)
  })

  it('waits for no login that is changing its own password and never commits', async () => {
    const client = await session(writer)
    await client.query(`BEGIN; SET ROLE NONE; ALTER ROLE CURRENT_USER PASSWORD 'mine'`)
    await frozen((hold) => hold.check())
    await client.end().catch(() => undefined)
    await thaw(moving, call)
    expect(await asLogin(source.access, writer, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
  })

  it('names a table that nobody may write to, and leaves no lock', async () => {
    await asLogin(
      source.access,
      writer,
      `REVOKE ALL ON kept FROM "${source.name}"; REVOKE ALL ON kept FROM "${source.name}_ro"`
    )
    const failure = await failureOf(freeze(moving, call))
    expect(failure?.kind).to.equal('denied')
    expect(failure?.message).to.contain('"public"."kept"')
    await thaw(moving, call)
    expect(await rightsOutside(server)).to.deep.equal(rights)
    await asLogin(
      source.access,
      writer,
      `GRANT ALL ON kept TO "${source.name}"; GRANT INSERT, SELECT ON kept TO "${source.name}_ro"`
    )
  })

  it('is quick with 24 tables and three writers', async () => {
    const tables = Array.from({ length: 24 }, (_, at) => `CREATE TABLE t${at} (id bigint, v text)`)
    await asLogin(source.access, writer, [
      ...tables,
      ...Array.from({ length: 24 }, (_, at) => `GRANT ALL ON t${at} TO "${source.name}_ro"`)
    ])
    const acknowledged = [0, 0, 0]
    const writers = await Promise.all([session(writer), session(owner), session(reader)])
    const writing = writers.map(async (client, who) => {
      try {
        for (let id = 0; ; id += 1) {
          await client.query(`INSERT INTO t${id % 24} VALUES (${id}, 'written by ${who}')`)
          acknowledged[who] = id + 1
        }
      } catch {
        return client.end().catch(() => undefined)
      }
    })
    while (acknowledged.some((count) => count < 50)) await new Promise((resolve) => setImmediate(resolve))
    const begun = performance.now()
    const hold = await freeze(moving, call)
    const milliseconds = Math.round(performance.now() - begun)
    await Promise.all(writing)
    const step = stepLogin(moving, 'from')
    const union = Array.from({ length: 24 }, (_, at) => `SELECT v FROM t${at}`).join(' UNION ALL ')
    const seen = await asLogin(source.access, step, [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      `SET TRANSACTION SNAPSHOT '${hold.snapshot}'`,
      `SELECT right(v, 1)::int AS who, count(*)::int AS rows FROM (${union}) all_of_it GROUP BY 1 ORDER BY 1`
    ])
    const rows = (seen as readonly { readonly rows: number }[]).map((row) => row.rows)
    // The one that was under way may have been committed without an answer.
    for (const [who, count] of acknowledged.entries()) expect(rows[who]).to.be.within(count, count + 1)
    await hold.check()
    await hold.release()
    await thaw(moving, call)
    expect(milliseconds).to.be.lessThan(10_000)
  })

  it('is no part of a pin: everybody writes on, and the snapshot stays', async () => {
    const hold = await pin(moving, call)
    expect(await asLogin(source.access, writer, `INSERT INTO kept (v) VALUES ('later')`)).to.deep.equal([])
    const seen = await asLogin(source.access, stepLogin(moving, 'from'), [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      `SET TRANSACTION SNAPSHOT '${hold.snapshot}'`,
      'SELECT v FROM kept'
    ])
    expect(seen).to.deep.equal([])
    await hold.check()
    await hold.release()
    expect((await failureOf(hold.check()))?.kind).to.equal('unavailable')
    await thaw(moving, call)
    expect(await rightsOutside(server)).to.deep.equal(rights)
  })
})

describe('the freeze of a postgresql move, where transactions can be prepared', function () {
  this.timeout(60_000)

  it('SW-24 names the prepared transaction, which would survive it, and shuts nobody out', async () => {
    const server = await anotherPostgresServer({ max_prepared_transactions: '5' })
    const [source, target] = [await newTenant(server, PLAN), await newTenant(server, PLAN)]
    const writer = await source.bind()
    await asLogin(source.access, writer, 'CREATE TABLE kept (v int)')
    const moving = movingOf(source, target, [writer])
    const rights = await rightsOutside(server)
    await makeStep(server, moving, 'from')
    await asLogin(source.access, writer, [
      'BEGIN',
      'INSERT INTO kept VALUES (1)',
      `PREPARE TRANSACTION 'an order''s half'`
    ])
    const failure = await freeze(moving, moveCall()).catch((error: ProviderFailure) => error)
    expect(failure).to.have.property('kind', 'conflict')
    expect((failure as ProviderFailure).message).to.contain(`'an order''s half' of ${source.name}`)
    expect(await asLogin(source.access, writer, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
    await asLogin(source.access, writer, `ROLLBACK PREPARED 'an order''s half'`)
    const hold = await freeze(moving, moveCall())
    await hold.check()
    await hold.release()
    await thaw(moving, moveCall())
    expect(await rightsOutside(server)).to.deep.equal(rights)
    await source.remove()
    await target.remove()
  })
})
