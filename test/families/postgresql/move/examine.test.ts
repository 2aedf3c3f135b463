import { expect } from 'chai'
import pg from 'pg'
import type { Login } from '../../../../src/contract/adapter.ts'
import type { ProviderFailure } from '../../../../src/contract/errors.ts'
import type { JsonObject } from '../../../../src/contract/json.ts'
import type { Examination, MoveFinding } from '../../../../src/contract/move.ts'
import type { MoveCall, PostgresqlSession } from '../../../../src/contract/ports.ts'
import { examine } from '../../../../src/families/postgresql/move/examine/index.ts'
import { fillWithEveryKind } from '../../../support/every-kind.ts'
import { moveCall, rightsOutside } from '../../../support/moving.ts'
import {
  anotherPostgresServer,
  postgresServer,
  type TestServer,
  withClient
} from '../../../support/postgres-server.ts'
import { asLogin, newTenant, type Tenant } from '../../../support/postgres-tenant.ts'

describe('the pre-check of a postgresql move', function () {
  this.timeout(90_000)
  let server: TestServer
  let other: TestServer
  let source: Tenant
  let target: Tenant
  let login: Login
  const call = moveCall()

  before(async () => {
    server = await postgresServer()
    other = await anotherPostgresServer({
      max_prepared_transactions: '5',
      max_connections: '26',
      timezone: 'Europe/Berlin'
    })
    source = await newTenant(server, { connections: 20 })
    target = await newTenant(other, { connections: 5 })
    login = await source.bind()
  })

  after(async () => {
    await target.remove()
    await source.remove()
  })

  const look = (
    from: Tenant,
    to?: { readonly tenant: Tenant; readonly stands?: boolean },
    by: MoveCall = call
  ) =>
    examine(
      { access: from.access, names: { resource: from.name, mark: from.order.mark } },
      to && { access: to.tenant.access, stands: to.stands ?? true },
      by
    )
  const found = ({ findings }: Examination, id: string): readonly MoveFinding[] =>
    findings.filter((finding) => finding.id === id)
  const subjects = (seen: Examination, id: string) => found(seen, id).map(({ subject }) => subject)
  const blocking = ({ findings }: Examination) => findings.filter(({ level }) => level === 'blocking')
  const root = (sql: string, database = source.name) =>
    withClient({ ...server.superuser, database }, (client) => client.query(sql))

  /** What the tenant made stands for the look only. */
  const whileMade = async (make: string, undo: string, see: (seen: Examination) => void, by = call) => {
    expect(await asLogin(source.access, login, make), make).to.be.an('array')
    try {
      see(await look(source, { tenant: target }, by))
    } finally {
      expect(await asLogin(source.access, login, undo), undo).to.be.an('array')
    }
  }

  it('lets every kind of object pass that a tenant can make, and tells how long it will take', async () => {
    const [from, to] = [await newTenant(server), await newTenant(server)]
    const maker = await from.bind()
    await fillWithEveryKind(server, from, maker)
    const seen = await look(from, { tenant: to })
    expect(blocking(seen)).to.deep.equal([])
    expect(seen.size.bytes).to.be.greaterThan(1_000_000)
    expect(seen.size.objects).to.be.greaterThan(50)
    expect(seen.estimate.copySeconds).to.be.within(1, 60)
    expect(seen.estimate.freezeSeconds).to.be.greaterThan(seen.estimate.copySeconds)
    expect(seen.effects.join(' ')).to.contain('Platforms do not fetch credentials again by themselves')
    expect(subjects(seen, 'settings-differ')).to.deep.equal([])
    await from.remove()
    await to.remove()
  })

  it('SW-26 names each object that cannot be moved', async () => {
    const from = await newTenant(server)
    const maker = await from.bind()
    await fillWithEveryKind(server, from, maker, ['tenant', 'owner', 'superuser'])
    await root(
      `CREATE SUBSCRIPTION follows CONNECTION 'host=there.example.eu' PUBLICATION changes
       WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false)`,
      from.name
    )
    const seen = subjects(await look(from, { tenant: target }), 'unsupported-object')
    for (const subject of [
      'event trigger watches',
      'subscription follows',
      'publication all_of_it',
      'language otherpl',
      'access method another',
      'type shop.pair',
      'function shop.pair_in(pg_catalog.cstring)',
      'operator class shop.backward_ops USING btree',
      'text search parser shop.parser',
      'text search template shop.pattern',
      'foreign-data wrapper far',
      'server there',
      `user mapping ${maker.name} on server there`,
      'foreign table shop.far'
    ]) {
      expect(seen).to.include(subject)
    }
    await root('DROP SUBSCRIPTION follows', from.name)
    await from.remove()
  })

  it('touches nothing', async () => {
    const stand = async () => ({
      outside: await rightsOutside(server),
      inside: (
        await root(
          `SELECT (SELECT sum(hashtextextended(c::text, 0)) FROM pg_class c WHERE relname !~ 'stat') AS classes,
                  (SELECT sum(hashtextextended(d::text, 0)) FROM pg_depend d) AS depends,
                  (SELECT sum(hashtextextended(p::text, 0)) FROM pg_proc p) AS procs`
        )
      ).rows
    })
    const before = await stand()
    await look(source, { tenant: target })
    await look(source, { tenant: target, stands: false })
    await look(source)
    expect(await stand()).to.deep.equal(before)
  })

  it('evaluates nothing that a tenant planted', async () => {
    await whileMade(
      `CREATE FUNCTION public.pg_identify_object(regclass, oid, int) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''caught''; END';
       CREATE FUNCTION public.same(name, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''caught''; END';
       CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
       CREATE VIEW public.pg_class AS SELECT 1 / (random() * 0)::int AS oid;
       CREATE TABLE public.trap (v int DEFAULT 1 / (random() * 0)::int)`,
      `DROP TABLE trap; DROP VIEW public.pg_class; DROP OPERATOR public.= (name, text); DROP FUNCTION public.same;
       DROP FUNCTION public.pg_identify_object(regclass, oid, int)`,
      (seen) => expect(blocking(seen)).to.deep.equal([])
    )
  })

  it('names a table whose policies bind its owner too', () =>
    whileMade(
      `CREATE TABLE guarded (v int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; ALTER TABLE guarded FORCE ROW LEVEL SECURITY`,
      'DROP TABLE guarded',
      (seen) => {
        const [finding] = found(seen, 'force-row-level-security')
        expect(finding).to.include({ level: 'blocking', subject: 'table public.guarded' })
        expect(finding?.remedy).to.contain('ALTER TABLE public.guarded NO FORCE ROW LEVEL SECURITY')
      }
    ))

  it('names a table that not even its owner may read', () =>
    whileMade(
      'CREATE TABLE closed (v int); REVOKE ALL ON closed FROM CURRENT_USER',
      'DROP TABLE closed',
      (seen) => {
        const [finding] = found(seen, 'rights-missing')
        expect(finding).to.include({ level: 'blocking', subject: 'table public.closed' })
        expect(finding?.remedy).to.equal(`GRANT ALL ON public.closed TO ${source.name}`)
      }
    ))

  it('names a right that the server’s administrator lacks', async () => {
    await root('ALTER ROLE portolan_root NOCREATEROLE')
    const seen = await look(source, { tenant: target })
    await root('ALTER ROLE portolan_root CREATEROLE')
    expect(found(seen, 'rights-missing').map(({ subject, text }) => `${subject}: ${text}`)).to.deep.equal([
      'source: The administrator of the database server lacks a right: CREATEROLE.'
    ])
  })

  it('SW-26 names a prepared transaction', async () => {
    const from = await newTenant(other)
    const maker = await from.bind()
    await asLogin(from.access, maker, ['BEGIN', 'CREATE TABLE t (v int)', `PREPARE TRANSACTION 'half'`])
    const seen = await look(from, { tenant: source })
    expect(found(seen, 'prepared-transactions')[0]).to.include({
      level: 'blocking',
      subject: `prepared transaction 'half'`
    })
    await asLogin(from.access, maker, `ROLLBACK PREPARED 'half'`)
    await from.remove()
  })

  it('SW-26 warns of a transaction that has been open for long, whoever holds it', async () => {
    const { host, port, database } = source.access
    const client = new pg.Client({ host, port, database, user: login.name, password: login.password })
    await client.connect()
    await client.query('BEGIN; SELECT 1')
    expect(
      found(await look(source, undefined, { ...call, now: new Date() }), 'long-transactions')
    ).to.deep.equal([])
    const later = { ...call, now: new Date(Date.now() + 12 * 60_000) }
    const [finding] = found(await look(source, undefined, later), 'long-transactions')
    await client.end()
    expect(finding).to.include({ level: 'warning', subject: `login ${login.name}` })
    expect(finding?.text).to.match(/for 1[12] minutes/)
  })

  it('names the package of a tool that is missing, and a target that is older', async () => {
    const seen = await look(source, { tenant: target }, { ...call, tools: async () => [] })
    const [missing] = found(seen, 'tools-missing')
    expect(missing).to.include({ level: 'blocking' })
    expect(missing?.text).to.match(/postgresql-client-\d\d/)
    expect(found(seen, 'target-older')).to.deep.equal([])
    const newer = asIf(call, server.port, (row) => ('version' in row ? { ...row, version: 990004 } : row))
    const older = await look(source, { tenant: target }, newer)
    const [refusal] = found(older, 'target-older')
    expect(refusal).to.include({ level: 'blocking' })
    expect(refusal?.text).to.match(/^It is PostgreSQL \d\d, and the source is PostgreSQL 99\.$/)
  })

  it('names an extension that the target has not, only a superuser may make, or has in another version', async () => {
    await root('CREATE EXTENSION citext; CREATE EXTENSION pageinspect; CREATE EXTENSION hstore')
    const without = asIf(call, other.port, (row) =>
      row['name'] === 'citext' && 'usual' in row
        ? undefined
        : row['name'] === 'hstore' && 'usual' in row
          ? { ...row, version: '9.9' }
          : row
    )
    const seen = await look(source, { tenant: target }, without)
    await root('DROP EXTENSION citext; DROP EXTENSION pageinspect; DROP EXTENSION hstore')
    expect(
      found(seen, 'extension-unavailable').map(({ level, subject, text }) => [level, subject, text])
    ).to.deep.equal([
      ['blocking', 'extension citext', 'The target does not have it.'],
      [
        'blocking',
        'extension pageinspect',
        'At the target only a superuser may make it, and the broker is none.'
      ]
    ])
    expect(found(seen, 'extension-version').map(({ level, subject }) => [level, subject])).to.deep.equal([
      ['warning', 'extension hstore']
    ])
  })

  it('names an encoding, a locale and a collation that the target has not', async () => {
    await withClient(other.superuser, async (client) => {
      await client.query(
        `UPDATE pg_database SET encoding = pg_char_to_encoding('LATIN1'), datctype = 'POSIX' WHERE datname = '${target.name}'`
      )
    })
    await root(`SET allow_system_table_mods = on; CREATE COLLATION pg_catalog.of_atlantis (locale = 'C')`)
    await whileMade(
      'CREATE TABLE sorted (v text COLLATE pg_catalog.of_atlantis)',
      'DROP TABLE sorted',
      (seen) => {
        expect(found(seen, 'encoding-differs')[0]).to.include({ level: 'blocking' })
        expect(found(seen, 'locale-differs')[0]).to.include({ level: 'warning' })
        expect(found(seen, 'locale-unavailable')[0]).to.include({
          level: 'blocking',
          subject: 'collation of_atlantis'
        })
      }
    )
    await root(`SET allow_system_table_mods = on; DROP COLLATION pg_catalog.of_atlantis`)
    await withClient(other.superuser, async (client) => {
      await client.query(
        `UPDATE pg_database SET encoding = pg_char_to_encoding('UTF8'), datctype = datcollate WHERE datname = '${target.name}'`
      )
      await client.query(`UPDATE pg_database SET datcollversion = '2' WHERE datname = '${target.name}'`)
    })
    await root(`UPDATE pg_database SET datcollversion = '1' WHERE datname = '${source.name}'`)
    const seen = await look(source, { tenant: target })
    await root(`UPDATE pg_database SET datcollversion = NULL WHERE datname = '${source.name}'`)
    expect(found(seen, 'collation-version')[0]).to.include({ level: 'warning' })
    expect(blocking(seen)).to.deep.equal([])
  })

  it('names an object of somebody else', async () => {
    await root('CREATE TABLE public.strange (v int)')
    const seen = await look(source, { tenant: target })
    await root('DROP TABLE public.strange')
    expect(found(seen, 'unsupported-object')[0]).to.include({
      level: 'blocking',
      subject: 'table public.strange'
    })
  })

  it('warns of texts that name the database or a role', async () => {
    await whileMade(
      `CREATE FUNCTION knows() RETURNS text LANGUAGE sql AS 'SELECT ''${source.name}''';
       CREATE TABLE knowing (v text DEFAULT '${login.name}')`,
      'DROP FUNCTION knows(); DROP TABLE knowing',
      (seen) => {
        expect(found(seen, 'names-inside').map(({ level, subject }) => `${level}: ${subject}`)).to.deep.equal(
          ['warning: function public.knows()', 'warning: table column public.knowing.v']
        )
      }
    )
  })

  it('does not wait long for a table that somebody holds', async () => {
    await asLogin(source.access, login, 'CREATE TABLE busy (v int DEFAULT 1)')
    const { host, port, database } = source.access
    const client = new pg.Client({ host, port, database, user: login.name, password: login.password })
    await client.connect()
    await client.query('BEGIN; LOCK TABLE busy')
    const seen = await look(source, { tenant: target })
    await client.end()
    expect(found(seen, 'names-inside')[0]?.text).to.contain('could not be told')
    await asLogin(source.access, login, 'DROP TABLE busy')
  })

  it('SW-26 tells what may surprise: names that differ in case, unlogged tables, stale views, unknown space', () =>
    whileMade(
      `CREATE UNLOGGED TABLE quick (a int, "A" int); CREATE TABLE "Quick" (v int);
       CREATE MATERIALIZED VIEW seen AS SELECT 1 AS one`,
      'DROP TABLE quick, "Quick"; DROP MATERIALIZED VIEW seen',
      (seen) => {
        expect(subjects(seen, 'names-differ-in-case')).to.deep.equal([
          'columns public.quick."A", public.quick.a',
          'tables public."Quick", public.quick'
        ])
        expect(subjects(seen, 'unlogged-tables')).to.deep.equal(['table public.quick'])
        expect(subjects(seen, 'stale-materialized-view')).to.deep.equal(['materialized view public.seen'])
        expect(subjects(seen, 'space-unknown')).to.deep.equal(['target'])
        expect(blocking(seen)).to.deep.equal([])
      }
    ))

  it('SW-27 notes each setting that the two servers have otherwise', async () => {
    const seen = await look(source, { tenant: target, stands: false })
    const texts = found(seen, 'settings-differ').map(({ level, text }) => `${level}: ${text}`)
    expect(texts).to.include('note: TimeZone is UTC at the source and Europe/Berlin at the target.')
    expect(texts).to.include('note: max_prepared_transactions is 0 at the source and 5 at the target.')
  })

  it('warns of a server without room for its sessions, and refuses a work disk that is full', async () => {
    const { host, port, database, user, password } = other.superuser
    const clients = Array.from({ length: 16 }, () => new pg.Client({ host, port, database, user, password }))
    for (const client of clients) await client.connect()
    const seen = await look(
      source,
      { tenant: target },
      {
        ...call,
        workspace: (use) =>
          call.workspace((workspace) => use({ ...workspace, freeBytes: async () => 1_000_000 }))
      }
    )
    for (const client of clients) await client.end()
    expect(found(seen, 'connection-limit').map(({ level, subject }) => [level, subject])).to.deep.equal([
      ['warning', 'target']
    ])
    expect(found(seen, 'work-disk-full')[0]).to.include({ level: 'blocking', subject: 'work disk' })
  })

  it('shortens a long list of one kind', async () => {
    const tables = Array.from({ length: 60 }, (_, at) => `u${at}`)
    await whileMade(
      tables.map((name) => `CREATE UNLOGGED TABLE ${name} (v int)`).join(';'),
      `DROP TABLE ${tables.join(', ')}`,
      (seen) => {
        expect(found(seen, 'unlogged-tables')).to.have.length(51)
        expect(found(seen, 'unlogged-tables').at(-1)?.subject).to.equal('10 more')
      }
    )
  })

  it('can look although the application holds every connection', async () => {
    const { host, port, database } = target.access
    const user = await target.bind()
    const clients = Array.from(
      { length: 5 },
      () => new pg.Client({ host, port, database, user: user.name, password: user.password })
    )
    for (const client of clients) await client.connect()
    const rights = await rightsOutside(other)
    const seen = await look(target, { tenant: source }).catch((error: ProviderFailure) => error)
    expect(await rightsOutside(other)).to.deep.equal(rights)
    for (const client of clients) await client.end()
    expect(seen).to.have.property('findings')
  })
})

/** A call to which the server at `port` answers otherwise. */
function asIf(
  call: MoveCall,
  port: number,
  otherwise: (row: JsonObject) => JsonObject | undefined
): MoveCall {
  const lying = (session: PostgresqlSession): PostgresqlSession => ({
    ...session,
    query: async (sql, values) => {
      const rows = await session.query(sql, values)
      return rows.map(otherwise).filter((row) => row !== undefined)
    }
  })
  return {
    ...call,
    postgresql: (access, use, options) =>
      call.postgresql(access, (session) => use(access.port === port ? lying(session) : session), options)
  }
}
