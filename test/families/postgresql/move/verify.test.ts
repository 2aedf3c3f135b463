import { strict as assert } from 'node:assert'
import type { PostgresqlAccess } from '../../../../src/contract/access.ts'
import type { Login } from '../../../../src/contract/adapter.ts'
import { ProviderFailure } from '../../../../src/contract/errors.ts'
import type { Moving, Verification } from '../../../../src/contract/move.ts'
import type { MoveCall, PostgresqlSession, SqlValue } from '../../../../src/contract/ports.ts'
import { stepLogin } from '../../../../src/families/postgresql/move/step-login.ts'
import { verify } from '../../../../src/families/postgresql/move/verify.ts'
import { readerOf } from '../../../../src/families/postgresql/names.ts'
import { BLINDING } from '../../../support/blinding.ts'
import { fillWithEveryKind } from '../../../support/every-kind.ts'
import { SABOTAGES, type Sabotage } from '../../../support/every-sabotage.ts'
import { heldSource, moveCall, movingBetween, stepLoginsOf } from '../../../support/move-sides.ts'
import { postgresServer, type TestServer, withClient } from '../../../support/postgres-server.ts'
import { newTenant, type Tenant } from '../../../support/postgres-tenant.ts'

interface Pair {
  readonly from: Tenant
  readonly to: Tenant
  readonly logins: readonly [Login, Login]
  readonly moving: Moving<PostgresqlAccess>
  verified(): Promise<Verification>
  /** Both databases as they were, without making them again, which takes longer than most of what is looked at here. */
  clear(): Promise<void>
  remove(): Promise<void>
}

const CLEAR = `SET search_path = pg_catalog;
  DO $$ DECLARE statement text; BEGIN
    PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
    FOREACH statement IN ARRAY (SELECT coalesce(array_agg(format('DROP SCHEMA %I CASCADE', nspname)), '{}') FROM pg_namespace
      WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')) LOOP EXECUTE statement; END LOOP;
    FOREACH statement IN ARRAY (SELECT coalesce(array_agg(format('DROP %s IF EXISTS %s CASCADE', i.type, i.identity)), '{}')
      FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) i
      WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = 'public'::regnamespace AND d.deptype = 'n')
      LOOP EXECUTE statement; END LOOP;
  END $$`

async function newPair(server: TestServer): Promise<Pair> {
  const [from, to] = [await newTenant(server), await newTenant(server)]
  const logins = [await from.bind(), await to.bind()] as const
  const moving = movingBetween(from, to, [logins])
  const removeSteps = await stepLoginsOf(moving)
  return {
    from,
    to,
    logins,
    moving,
    verified: () => heldSource(from.access, (hold) => verify(moving, hold, moveCall())),
    async clear() {
      for (const { name } of [from, to])
        await withClient({ ...server.superuser, database: name }, (client) => client.query(CLEAR))
    },
    async remove() {
      await removeSteps()
      await from.remove()
      await to.remove()
    }
  }
}

function sidesOf({ from, to, logins }: Pair): readonly (readonly [Tenant, Login])[] {
  return [
    [from, logins[0]],
    [to, logins[1]]
  ]
}

/** What the sessions of one tenant do. */
function asLoginOf(tenant: Tenant, login: Login, sql: string): Promise<unknown> {
  const who = { ...tenant.access, user: login.name, password: login.password }
  return withClient(who, (client) => client.query(filled(sql, tenant.name, login)))
}

function filled(sql: string, group: string, login: Login): string {
  return sql
    .replaceAll('{group}', group)
    .replaceAll('{reader}', readerOf(group))
    .replaceAll('{login}', login.name)
}

/** A call whose statements all pass through `query`. */
function overheard(
  query: (
    session: PostgresqlSession,
    sql: string,
    values?: readonly SqlValue[]
  ) => ReturnType<PostgresqlSession['query']>
): MoveCall {
  const call = moveCall()
  const postgresql: MoveCall['postgresql'] = (access, use, options) =>
    call.postgresql(
      access,
      (session) => use({ ...session, query: (sql, values) => query(session, sql, values) }),
      options
    )
  return { ...call, postgresql }
}

const objectsOf = (verification: Verification) => verification.differences.map(({ object }) => object)

describe('the verifier of a move between two PostgreSQL databases', function () {
  this.timeout(60_000)
  let server: TestServer

  before(async function () {
    this.timeout(120_000)
    server = await postgresServer()
  })

  describe('of two databases with every kind of object', () => {
    let pair: Pair
    let original: string

    before(async () => {
      pair = await newPair(server)
      for (const [tenant, login] of sidesOf(pair)) {
        await fillWithEveryKind(server, tenant, login, ['tenant', 'owner', 'superuser'])
      }
      original = `${pair.to.name}_original`
      await withClient(server.superuser, (client) =>
        client.query(`CREATE DATABASE "${original}" TEMPLATE "${pair.to.name}"`)
      )
    })

    after(async () => {
      await pair.remove()
      await withClient(server.superuser, (client) => client.query(`DROP DATABASE "${original}"`))
    })

    async function sabotage({ as, sql }: Sabotage): Promise<void> {
      if (as === 'login') return void (await asLoginOf(pair.to, pair.logins[1], sql))
      const who = as === 'root' ? pair.to.access : { ...server.superuser, database: pair.to.name }
      await withClient(who, (client) => client.query(filled(sql, pair.to.name, pair.logins[1])))
    }

    /** The target as it was. What is told of a database outside of it goes with it. */
    async function restored(): Promise<void> {
      const { name, access } = pair.to
      const [, login] = pair.logins
      await withClient(server.superuser, async (client) => {
        await client.query(`DROP DATABASE "${name}" WITH (FORCE)`)
        await client.query(`CREATE DATABASE "${name}" TEMPLATE "${original}" OWNER "${access.user}"`)
        await client.query(`REVOKE ALL ON DATABASE "${name}" FROM PUBLIC`)
        await client.query(`GRANT CONNECT, TEMPORARY, CREATE ON DATABASE "${name}" TO "${name}"`)
        await client.query(
          `GRANT CONNECT ON DATABASE "${name}" TO "${readerOf(name)}", "${stepLogin(pair.moving, 'to').name}"`
        )
        await client.query(`ALTER ROLE "${login.name}" IN DATABASE "${name}" SET role = '${name}'`)
        await client.query(`ALTER ROLE "${login.name}" RESET lock_timeout`)
      })
      await fillWithEveryKind(server, pair.to, login, ['owner'])
    }

    it('finds them equal although every role, every OID and both names are others', async () => {
      const { verdict, differences, unverified, notes, compared, digest } = await pair.verified()
      assert.deepEqual({ differences, unverified, notes }, { differences: [], unverified: [], notes: [] })
      assert.equal(verdict, 'equal')
      assert.match(digest, /^[0-9a-f]{64}$/)
      assert.ok((compared['table'] ?? 0) > 10 && (compared['content of tables'] ?? 0) > 10)
    })

    it('tells as it goes how much of all bytes it has read', async () => {
      const told: number[] = []
      const moving = {
        ...pair.moving,
        told: ({ bytes, totalBytes }: { bytes: number; totalBytes: number }) => told.push(bytes / totalBytes)
      }
      await heldSource(pair.from.access, (hold) => verify(moving, hold, moveCall()))
      assert.equal(told.at(-1), 1)
      assert.deepEqual(
        told,
        told.toSorted((a, b) => a - b)
      )
    })

    for (const [theme, sabotages] of Object.entries(SABOTAGES)) {
      it(`SW-07 names each thing that differs: ${theme}`, async () => {
        const refused: string[] = []
        for (const one of sabotages)
          await sabotage(one).catch((error: Error) => refused.push(`${one.sql}: ${error.message}`))
        const verification = await pair.verified()
        await restored()
        assert.deepEqual(refused, [])
        assert.equal(verification.verdict, 'different')
        const found = objectsOf(verification)
        const missed = sabotages.filter(({ finds }) => !found.includes(finds)).map(({ finds }) => finds)
        assert.deepEqual(missed, [], `found: ${found.join('\n')}`)
      })
    }

    it('is not misled by what an earlier sabotage left: the restored database is equal again', async () => {
      assert.equal((await pair.verified()).verdict, 'equal')
    })

    it('SW-25 finds a table that only the source has, and one that was emptied there', async () => {
      await asLoginOf(pair.from, pair.logins[0], 'CREATE TABLE shop.late (v int); ANALYZE shop.late')
      const found = objectsOf(await pair.verified())
      await asLoginOf(pair.from, pair.logins[0], 'DROP TABLE shop.late')
      assert.ok(found.includes('table shop.late') && found.includes('rows of table shop.late'))
    })

    it('shows definitions and sizes, and never a value of a row', async () => {
      await asLoginOf(
        pair.to,
        pair.logins[1],
        `UPDATE shop.tenants SET v = 'very private' WHERE tenant = 't2'; DELETE FROM shop.log WHERE line = 'once'`
      )
      const { differences } = await pair.verified()
      await restored()
      assert.deepEqual(differences, [
        { object: 'rows of table shop.log', source: '3 rows', target: '2 rows' },
        {
          object: 'rows of table shop.tenants',
          source: '2 rows, other content',
          target: '2 rows, other content'
        }
      ])
    })
  })

  describe('of values that look alike', () => {
    let pair: Pair

    before(async () => {
      pair = await newPair(server)
    })
    after(() => pair.remove())

    const CASES: Readonly<Record<string, readonly [column: string, source: string, target: string]>> = {
      scale: ['numeric', '(1.1)', '(1.10)'],
      json_scale: ['jsonb', `('{"n": 1.0}')`, `('{"n": 1.00}')`],
      letter_case: ['citext', `('ab')`, `('Ab')`],
      zero: ['float8', '(0)', `('-0')`],
      month: ['interval', `('1 month')`, `('30 days')`],
      empty: ['text', `('')`, '(NULL)'],
      empty_own: ['citext', `('')`, '(NULL)'],
      spaces: ['text', `('a')`, `('a ')`],
      order_in_json: ['json', `('{"a":1,"b":2}')`, `('{"b":2,"a":1}')`],
      row_of_nulls: ['pair', '(ROW(NULL, NULL)::pair)', '(NULL)'],
      lost: ['int', '(1), (2), (2)', '(1), (2)'],
      pairs: ['int', '(1), (1), (2)', '(1), (2), (2)'],
      enumerated: ['mood', `('low')`, `('high')`],
      zone: ['timestamptz', `('2026-01-01 12:00+00')`, `('2026-01-01 12:00+01')`],
      byte: ['bytea', `('\\x00ff00')`, `('\\x00fe00')`]
    }

    it('finds each of them', async () => {
      const types = `CREATE TYPE pair AS (a int, b int);`
      const common = Object.entries(CASES).map(([name, [column]]) => `CREATE TABLE ${name} (v ${column});`)
      const rows = (side: 1 | 2) =>
        Object.entries(CASES).map(([name, sample]) => `INSERT INTO ${name} VALUES ${sample[side]};`)
      const enumOf = (side: number) =>
        side === 1
          ? `CREATE TYPE mood AS ENUM ('low', 'high');`
          : `CREATE TYPE spare AS ENUM ('x', 'y'); CREATE TYPE mood AS ENUM ('low', 'high'); DROP TYPE spare;`
      for (const [side, tenant, login] of [
        [1, pair.from, pair.logins[0]],
        [2, pair.to, pair.logins[1]]
      ] as const) {
        const swapped = side === 1 ? `(1, 'a', 'c'), (2, 'b', 'd')` : `(1, 'a', 'd'), (2, 'b', 'c')`
        await asLoginOf(
          tenant,
          login,
          `CREATE EXTENSION citext; ${enumOf(side)} ${types} ${common.join('')} CREATE TABLE swapped (id int, a text, b text);
           CREATE TABLE same_mood (v mood); INSERT INTO same_mood VALUES ('low'), ('high'); ${rows(side).join('')} INSERT INTO swapped VALUES ${swapped}; COMMIT; ANALYZE`
        )
      }
      const expected = [...Object.keys(CASES), 'swapped'].map((name) => `rows of table public.${name}`)
      assert.deepEqual(objectsOf(await pair.verified()), expected.toSorted())
    })
  })

  describe('of a database that wants to blind it', () => {
    let pair: Pair

    before(async () => {
      pair = await newPair(server)
    })
    afterEach(() => pair.clear())
    after(() => pair.remove())

    const both = async (sql: string) => {
      await asLoginOf(pair.from, pair.logins[0], sql)
      await asLoginOf(pair.to, pair.logins[1], sql)
    }

    it('SW-21 reads the rows that a policy hides', async () => {
      await both(
        `CREATE TABLE hidden (v int); INSERT INTO hidden VALUES (1), (2); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
         CREATE POLICY nobody ON hidden USING (false); COMMIT; ANALYZE`
      )
      assert.equal((await pair.verified()).verdict, 'equal')
      await asLoginOf(pair.to, pair.logins[1], 'DELETE FROM hidden WHERE v = 2')
      assert.deepEqual(objectsOf(await pair.verified()), ['rows of table public.hidden'])
    })

    it('SW-21 SW-22 says that it cannot read what row security hides from the owner too', async () => {
      await both(
        `CREATE TABLE forced (v int); ALTER TABLE forced ENABLE ROW LEVEL SECURITY; ALTER TABLE forced FORCE ROW LEVEL SECURITY;
         CREATE POLICY nobody ON forced USING (false)`
      )
      const { verdict, unverified, differences } = await pair.verified()
      assert.deepEqual([verdict, differences], ['unverifiable', []])
      assert.match(unverified.join(' '), /rows of table public\.forced/)
    })

    it('says that it cannot read what only others may read', async () => {
      for (const { name } of [pair.from, pair.to]) {
        await withClient({ ...server.superuser, database: name }, (client) =>
          client.query('CREATE TABLE foreigners (v int)')
        )
      }
      const { verdict, unverified } = await pair.verified()
      assert.equal(verdict, 'unverifiable')
      assert.equal(unverified.length, 2)
      assert.match(unverified.join(' '), /foreigners.*denied/)
    })

    it('runs no cast, operator, function or view of the tenant', async () => {
      await both(BLINDING)
      for (const { access, name } of [pair.from, pair.to]) {
        await withClient(access, (client) =>
          client.query(`ALTER DATABASE "${name}" SET search_path = public, pg_catalog`)
        )
      }
      const before = await pair.verified()
      assert.deepEqual(before, { ...before, verdict: 'equal', differences: [], unverified: [] })
      await asLoginOf(
        pair.to,
        pair.logins[1],
        `SET search_path = pg_catalog, public; UPDATE public.t SET v = 3 WHERE id OPERATOR(pg_catalog.=) 2`
      )
      await asLoginOf(pair.to, pair.logins[1], 'CREATE TABLE public.unseen (v int)')
      const found = objectsOf(await pair.verified())
      assert.ok(
        found.includes('rows of table public.t') && found.includes('table public.unseen'),
        found.join()
      )
      for (const { access } of [pair.from, pair.to]) {
        const caught = await withClient({ ...server.superuser, database: access.database }, (client) =>
          client.query('SELECT DISTINCT at FROM public.caught')
        )
        assert.deepEqual(caught.rows, [])
      }
      for (const { access, name } of [pair.from, pair.to])
        await withClient(access, (client) => client.query(`ALTER DATABASE "${name}" RESET search_path`))
    })
  })

  describe('of one side that is a little other on purpose', () => {
    let pair: Pair

    before(async () => {
      pair = await newPair(server)
    })
    afterEach(() => pair.clear())
    after(() => pair.remove())

    const onSource = (sql: string) => asLoginOf(pair.from, pair.logins[0], sql)
    const onTarget = (sql: string) => asLoginOf(pair.to, pair.logins[1], sql)

    it('takes what a login made for itself for the group’s at the target, and says so', async () => {
      const sql =
        'CREATE SCHEMA own; GRANT ALL ON SCHEMA own TO "{group}"; GRANT USAGE ON SCHEMA own TO "{reader}"; CREATE TABLE own.t (v int); GRANT SELECT ON own.t TO "{reader}"'
      await onSource(`SET ROLE NONE; ${sql}`)
      await onTarget(sql)
      const { verdict, differences, notes } = await pair.verified()
      assert.deepEqual([verdict, differences], ['equal', []])
      assert.ok(notes.includes('mapped: table own.t belonged to a login, belongs to the group.'))
    })

    it('does not take it for the group’s when the login owns it at the target too', async () => {
      const sql = 'SET ROLE NONE; CREATE SCHEMA own'
      await onSource(sql)
      await onTarget(sql)
      assert.ok(objectsOf(await pair.verified()).includes('owner of schema own'))
    })

    it('finds what the throwaway login left at the target', async () => {
      await onSource('CREATE TABLE t (v int)')
      const step = stepLogin(pair.moving, 'to')
      await asLoginOf(pair.to, pair.logins[1], 'CREATE TABLE t (v int)')
      await withClient({ ...server.superuser, database: pair.to.name }, (client) =>
        client.query(`ALTER TABLE t OWNER TO "${step.name}"`)
      )
      const { differences } = await pair.verified()
      await withClient({ ...server.superuser, database: pair.to.name }, (client) =>
        client.query(`REASSIGN OWNED BY "${step.name}" TO "${pair.to.name}"`)
      )
      assert.deepEqual(
        differences.find(({ object }) => object.startsWith('owner')),
        {
          object: 'owner of table public.t',
          source: 'group',
          target: 'throwaway login'
        }
      )
    })

    it('does not mind that a freeze took the right to connect', async () => {
      const { access, name } = pair.from
      await withClient({ ...access, database: 'postgres' }, (client) =>
        client.query(`REVOKE CONNECT ON DATABASE "${name}" FROM PUBLIC, "${name}", "${readerOf(name)}"`)
      )
      const { verdict } = await pair.verified()
      await withClient({ ...access, database: 'postgres' }, (client) =>
        client.query(
          `GRANT CONNECT ON DATABASE "${name}" TO "${readerOf(name)}"; GRANT CONNECT ON DATABASE "${name}" TO "${name}"`
        )
      )
      assert.equal(verdict, 'equal')
    })

    it('leaves out an index that was invalid at the source, and says so', async () => {
      await onSource('CREATE TABLE t (v int); CREATE INDEX broken ON t (v)')
      await onTarget('CREATE TABLE t (v int)')
      await withClient({ ...server.superuser, database: pair.from.name }, (client) =>
        client.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass`)
      )
      const { verdict, notes } = await pair.verified()
      assert.equal(verdict, 'equal')
      assert.ok(notes.includes('left out: index public.broken was invalid at the source.'))
    })

    it('does not compare a materialised view that was stale, and says so', async () => {
      const sql =
        'CREATE TABLE t (v int); CREATE MATERIALIZED VIEW m AS SELECT v FROM t; INSERT INTO t VALUES (1);'
      await onSource(`${sql} COMMIT; ANALYZE`)
      await onTarget(`${sql} REFRESH MATERIALIZED VIEW m; COMMIT; ANALYZE`)
      const { verdict, notes } = await pair.verified()
      assert.equal(verdict, 'equal')
      assert.match(notes.join(), /refreshed, not compared: materialized view public\.m/)
    })

    it('SW-33 is not content with a table that the planner knows nothing of', async () => {
      await onSource('CREATE TABLE t (v int); INSERT INTO t VALUES (1); COMMIT; ANALYZE')
      await onTarget('CREATE TABLE t (v int); INSERT INTO t VALUES (1)')
      assert.deepEqual(objectsOf(await pair.verified()), ['statistics of table public.t'])
    })

    it('compares more large objects than one batch holds, and rows of many small tables', async () => {
      const sql = `SELECT lo_from_bytea(500000 + n, convert_to(n::text, 'UTF8')) FROM generate_series(1, 450) n;
        DO $$ BEGIN FOR n IN 1..90 LOOP EXECUTE format('CREATE TABLE t%s AS SELECT %s AS v', n, n); END LOOP; END $$; COMMIT; ANALYZE`
      await onSource(sql)
      await onTarget(sql)
      assert.equal((await pair.verified()).verdict, 'equal')
      await onTarget(`SELECT lo_unlink(500450), lo_put(500201, 0, 'x'); UPDATE t77 SET v = 0`)
      assert.deepEqual(objectsOf(await pair.verified()), [
        'large object 500201',
        'large object 500450',
        'owner of large object 500450',
        'rows of table public.t77'
      ])
    })

    it('tells a hundred differences and counts all', async () => {
      await onSource(
        `DO $$ BEGIN FOR n IN 1..110 LOOP EXECUTE format('CREATE SCHEMA s%s', n); END LOOP; END $$`
      )
      const { differences, different } = await pair.verified()
      assert.equal(differences.length, 100)
      assert.ok(different >= 220)
    })
  })

  describe('that cannot do its work', () => {
    let pair: Pair

    before(async () => {
      pair = await newPair(server)
    })
    after(() => pair.remove())

    it('throws what another try may mend, when a server ends its sessions', async () => {
      const breaking = overheard(async (session, sql, values) => {
        if (sql.startsWith('-- read the columns')) {
          const [row] = await session.query('SELECT pg_backend_pid() AS pid')
          await withClient(server.superuser, (client) =>
            client.query('SELECT pg_terminate_backend($1)', [row?.['pid']])
          )
        }
        return session.query(sql, values)
      })
      await assert.rejects(
        heldSource(pair.from.access, (hold) => verify(pair.moving, hold, breaking)),
        (error) => error instanceof ProviderFailure && error.kind === 'unavailable'
      )
    })

    it('is unverifiable when its login is refused, and when a statement takes too long on one side', async () => {
      const wrong = { ...pair.moving, attempt: { ...pair.moving.attempt, secret: () => 'P-wrong7' } }
      const refused = await heldSource(pair.from.access, (hold) => verify(wrong, hold, moveCall()))
      assert.equal(refused.verdict, 'unverifiable')
      let isSlow = false
      const slow = overheard(async (session, sql, values) => {
        if (!sql.startsWith('-- read the columns') || isSlow) return session.query(sql, values)
        isSlow = true
        await session.query(`SELECT set_config('statement_timeout', '20ms', true)`)
        return session.query('SELECT pg_sleep(5)')
      })
      const late = await heldSource(pair.from.access, (hold) => verify(pair.moving, hold, slow))
      assert.equal(late.verdict, 'unverifiable')
      assert.match(late.unverified.join(), /columns: it took longer/)
      assert.deepEqual(late.differences, [])
    })

    it('names an object of a kind that it does not know', async () => {
      const unknown = `'pg_tablespace'::regclass, 99999, 0, 'pg_namespace'::regclass, 2200, 0, 'n'`
      const asSuperuser = (sql: string) =>
        withClient({ ...server.superuser, database: pair.from.name }, (client) => client.query(sql))
      await asSuperuser(`INSERT INTO pg_depend VALUES (${unknown})`)
      const { verdict, unverified } = await pair.verified()
      await asSuperuser(`DELETE FROM pg_depend WHERE classid = 'pg_tablespace'::regclass`)
      assert.equal(verdict, 'unverifiable')
      assert.match(unverified.join(), /99999.*of a kind that is not known here/)
    })

    it('is unverifiable when the servers hash a known row to different numbers', async () => {
      let asked = 0
      const call = overheard(async (session, sql, values) => {
        if (sql.startsWith('-- hash a known row')) return [{ hash: String(asked++) }]
        return session.query(sql, values)
      })
      const { verdict, unverified } = await heldSource(pair.from.access, (hold) =>
        verify(pair.moving, hold, call)
      )
      assert.equal(verdict, 'unverifiable')
      assert.match(unverified.join(), /hash the same row/)
    })

    it('hashes by column where a row is too large for one value, and by text where rows cannot be sent', async () => {
      for (const [tenant, login] of sidesOf(pair)) {
        await asLoginOf(
          tenant,
          login,
          `CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, NULL); SELECT lo_from_bytea(700001, 'x'); COMMIT; ANALYZE`
        )
      }
      const whole = /record_send\(row\(x\."a", x\."b"\)\)/
      const byColumn = overheard((session, sql, values) =>
        session.query(
          whole.test(sql) ? `DO $$ BEGIN RAISE EXCEPTION 'too large' USING ERRCODE = '54000'; END $$` : sql,
          values
        )
      )
      const byText = overheard((session, sql, values) =>
        sql.startsWith('-- look for the functions')
          ? Promise.resolve([{ known: false }])
          : session.query(sql, values)
      )
      const verified = (call: MoveCall) =>
        heldSource(pair.from.access, (hold) => verify(pair.moving, hold, call))
      for (const call of [byColumn, byText]) assert.equal((await verified(call)).verdict, 'equal')
      await asLoginOf(
        pair.to,
        pair.logins[1],
        `UPDATE t SET b = '' WHERE a = 2; SELECT lo_put(700001, 0, 'y')`
      )
      for (const call of [byColumn, byText]) {
        assert.deepEqual(objectsOf(await verified(call)), ['large object 700001', 'rows of table public.t'])
      }
      for (const [tenant, login] of sidesOf(pair)) {
        await asLoginOf(tenant, login, 'DROP TABLE t; SELECT lo_unlink(700001)')
      }
    })

    it('does not call missing what one side could not look at', async () => {
      await asLoginOf(pair.from, pair.logins[0], 'CREATE TABLE looked (v int)')
      await asLoginOf(pair.to, pair.logins[1], 'CREATE TABLE looked (v int)')
      let isRefused = false
      const call = overheard(async (session, sql, values) => {
        if (!sql.startsWith('-- read the columns') || isRefused) return session.query(sql, values)
        isRefused = true
        return session.query(`SELECT 1 / 0`)
      })
      const { verdict, differences } = await heldSource(pair.from.access, (hold) =>
        verify(pair.moving, hold, call)
      )
      for (const [tenant, login] of sidesOf(pair)) {
        await asLoginOf(tenant, login, 'DROP TABLE looked')
      }
      assert.deepEqual([verdict, differences], ['unverifiable', []])
    })

    it('finds a subscription too many', async () => {
      const asSuperuser = (sql: string) =>
        withClient({ ...server.superuser, database: pair.to.name }, (client) => client.query(sql))
      await asSuperuser(`CREATE SUBSCRIPTION follows CONNECTION 'host=there.example.eu password=secret' PUBLICATION changes
        WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false)`)
      const { differences } = await pair.verified()
      await asSuperuser('DROP SUBSCRIPTION follows')
      const found = differences.find(({ object }) => object === 'subscription follows')
      assert.equal(found?.source, 'none')
      assert.ok(!JSON.stringify(differences).includes('secret'))
    })

    it('throws when the hold is not held any more', async () => {
      const lost = new ProviderFailure('unavailable', 'Not held any more.')
      await assert.rejects(
        heldSource(pair.from.access, (hold) => {
          let checks = 0
          const check = () => (checks++ === 0 ? Promise.resolve() : Promise.reject(lost))
          return verify(pair.moving, { ...hold, check }, moveCall())
        }),
        lost
      )
    })
  })
})
