import { expect } from 'chai'
import pg from 'pg'
import { ProviderFailure } from '../../../../src/contract/errors.ts'
import type { MoveCall } from '../../../../src/contract/ports.ts'
import { begin } from '../../../../src/families/postgresql/move/begin.ts'
import { retire } from '../../../../src/families/postgresql/move/retire.ts'
import { findSteps } from '../../../../src/families/postgresql/move/shut-out.ts'
import { stepLogin } from '../../../../src/families/postgresql/move/step-login.ts'
import { endSteps, newPair, type Pair } from '../../../support/move-pair.ts'
import { moveCall } from '../../../support/moving.ts'
import { postgresServer, type TestServer, withClient } from '../../../support/postgres-server.ts'
import { asLogin, type Tenant } from '../../../support/postgres-tenant.ts'

async function answer(server: TestServer, database: string, sql: string): Promise<unknown[]> {
  return withClient({ ...server.superuser, database }, async (client) => (await client.query(sql)).rows)
}

function stepsOf(tenant: Tenant): Promise<readonly string[]> {
  const { access, call } = tenant
  return call.postgresql(access, async (outside) => {
    const steps = await findSteps({ access, outside, call })
    return steps.map(({ name }) => name)
  })
}

/** A process that stops before a statement until it is woken, and does not know that it was taken for dead. */
function asleepBefore(label: string) {
  const call = moveCall()
  let [fallAsleep, wake]: (() => void)[] = []
  const slept = new Promise<void>((resolve) => {
    fallAsleep = resolve
  })
  const woken = new Promise<void>((resolve) => {
    wake = resolve
  })
  const sleeping: MoveCall = {
    ...call,
    postgresql: (access, use, options) =>
      call.postgresql(
        access,
        (session) =>
          use({
            ...session,
            async query(sql, values) {
              if (sql.startsWith(label)) {
                fallAsleep?.()
                await woken
              }
              return session.query(sql, values)
            }
          }),
        options
      )
  }
  return { call: sleeping, slept, wake: () => wake?.() }
}

describe('the begin of a move of a PostgreSQL database', function () {
  this.timeout(60_000)
  let server: TestServer
  let pair: Pair

  before(async () => {
    server = await postgresServer()
  })

  beforeEach(async () => {
    pair = await newPair(server)
  })

  afterEach(async () => {
    await endSteps(pair.moving(9))
    await pair.remove()
  })

  it('makes one throwaway login on each side, a member of what is the instance and of nothing else', async () => {
    await begin(pair.moving(), moveCall())
    for (const side of ['from', 'to'] as const) {
      const tenant = pair[side]
      const login = stepLogin(pair.moving(), side)
      expect(await stepsOf(tenant)).to.deep.equal([login.name])
      const groups = `SELECT roleid::regrole::text AS name FROM pg_auth_members WHERE member = current_user::regrole ORDER BY 1`
      const names = [tenant.name, `${tenant.name}_ro`, pair.login[side].name, pair.reader[side].name]
      expect(await asLogin(tenant.access, login, groups)).to.deep.equal(
        names.toSorted().map((name) => ({ name }))
      )
    }
  })

  it('shuts out what earlier attempts left, and gives the group what was theirs', async () => {
    await begin(pair.moving(1), moveCall())
    const login = stepLogin(pair.moving(1), 'from')
    await asLogin(pair.from.access, login, 'CREATE TABLE left_over AS SELECT 1 AS v')
    const { host, port, database } = pair.from.access
    const who = { host, port, database, user: login.name, password: login.password }
    await withClient(who, async (client) => {
      await begin(pair.moving(2), moveCall())
      const failure = await client.query('SELECT 1').catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(Error)
    })
    expect(await asLogin(pair.from.access, login, 'SELECT 1')).to.equal('28P01')
    expect(await stepsOf(pair.from)).to.deep.equal([stepLogin(pair.moving(2), 'from').name])
    const rows = await asLogin(pair.from.access, pair.login.from, 'SELECT v FROM left_over')
    expect(rows).to.deep.equal([{ v: 1 }])
  })

  it('is refused when a later attempt has begun', async () => {
    await begin(pair.moving(3), moveCall())
    await asLogin(pair.to.access, stepLogin(pair.moving(3), 'to'), 'CREATE TABLE copied AS SELECT 1 AS v')
    const failure = await begin(pair.moving(2), moveCall()).catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(ProviderFailure).and.have.property('kind', 'conflict')
    const kept = await answer(server, pair.to.name, 'SELECT v FROM copied')
    expect(kept).to.deep.equal([{ v: 1 }])
  })

  it('touches no target that is in use: whoever slept through the end of the move drops nothing', async () => {
    await begin(pair.moving(1), moveCall())
    await retire(pair.moving(1), moveCall())
    await asLogin(pair.to.access, pair.login.to, 'CREATE TABLE lived AS SELECT 1 AS v')
    for (const number of [1, 2]) {
      const failure = await begin(pair.moving(number), moveCall()).catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(ProviderFailure).and.have.property('kind', 'conflict')
    }
    expect(await answer(server, pair.to.name, 'SELECT v FROM lived')).to.deep.equal([{ v: 1 }])
    expect(await stepsOf(pair.from)).to.deep.equal([])
  })

  it('is ended in the middle by a later attempt, before it drops what that one has copied', async () => {
    await asLogin(pair.to.access, pair.login.to, 'CREATE TABLE before AS SELECT 1 AS v')
    const sleeper = asleepBefore('-- look whether the target is empty')
    const sleeping = begin(pair.moving(1), sleeper.call).catch((error: unknown) => error)
    await sleeper.slept
    await begin(pair.moving(2), moveCall())
    await asLogin(pair.to.access, stepLogin(pair.moving(2), 'to'), 'CREATE TABLE copied AS SELECT 1 AS v')
    sleeper.wake()
    expect(await sleeping).to.be.instanceOf(ProviderFailure)
    expect(await answer(server, pair.to.name, 'SELECT v FROM copied')).to.deep.equal([{ v: 1 }])
  })

  it('is ended in the middle by the end of the move', async () => {
    await asLogin(pair.to.access, pair.login.to, 'CREATE TABLE lived AS SELECT 1 AS v')
    const sleeper = asleepBefore('-- look whether the target is empty')
    const sleeping = begin(pair.moving(1), sleeper.call).catch((error: unknown) => error)
    await sleeper.slept
    await retire(pair.moving(2), moveCall())
    sleeper.wake()
    expect(await sleeping).to.be.instanceOf(ProviderFailure)
    expect(await answer(server, pair.to.name, 'SELECT v FROM lived')).to.deep.equal([{ v: 1 }])
  })

  it('empties the target, as prepare made it but without default privileges, and its logins act as the group again', async () => {
    const before = await answer(
      server,
      'postgres',
      `SELECT datacl::text, datconnlimit, datdba, encoding, datcollate FROM pg_database WHERE datname = '${pair.to.name}'`
    )
    const statements = [
      'CREATE TABLE t AS SELECT 1 AS v',
      'SELECT lo_from_bytea(0, $$x$$)',
      'CREATE EXTENSION citext'
    ]
    await asLogin(pair.to.access, pair.login.to, statements)
    await answer(server, 'postgres', `ALTER DATABASE "${pair.to.name}" SET work_mem = '9MB'`)
    const { host, port, database } = pair.to.access
    const user = { user: pair.login.to.name, password: pair.login.to.password }
    await withClient({ host, port, database, ...user }, () => begin(pair.moving(), moveCall()))
    const left = `SELECT (SELECT count(*)::int FROM pg_class WHERE oid >= 16384) AS relations,
                         (SELECT count(*)::int FROM pg_largeobject_metadata) AS objects,
                         (SELECT count(*)::int FROM pg_default_acl) AS defaults,
                         (SELECT count(*)::int FROM pg_extension WHERE oid >= 16384) AS extensions,
                         (SELECT count(*)::int FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
                           WHERE setrole = 0 AND datname = current_database()) AS settings`
    expect(await answer(server, pair.to.name, left)).to.deep.equal([
      { relations: 0, objects: 0, defaults: 0, extensions: 0, settings: 0 }
    ])
    const acting = 'SELECT current_user::text AS acting'
    expect(await asLogin(pair.to.access, pair.login.to, acting)).to.deep.equal([{ acting: pair.to.name }])
    expect(await asLogin(pair.to.access, pair.reader.to, acting)).to.deep.equal([
      { acting: pair.reader.to.name }
    ])
    await endSteps(pair.moving())
    const after = await answer(
      server,
      'postgres',
      `SELECT datacl::text, datconnlimit, datdba, encoding, datcollate FROM pg_database WHERE datname = '${pair.to.name}'`
    )
    expect(after).to.deep.equal(before)
  })

  it('leaves a target alone that holds nothing', async () => {
    const oid = `SELECT oid FROM pg_database WHERE datname = '${pair.to.name}'`
    await begin(pair.moving(1), moveCall())
    const first = await answer(server, 'postgres', oid)
    await begin(pair.moving(2), moveCall())
    expect(await answer(server, 'postgres', oid)).to.deep.equal(first)
  })

  it('makes the target again that an attempt had dropped when it died', async () => {
    await answer(server, 'postgres', `DROP DATABASE "${pair.to.name}"`)
    await begin(pair.moving(), moveCall())
    const made = `SELECT datconnlimit FROM pg_database WHERE datname = '${pair.to.name}'`
    await endSteps(pair.moving())
    expect(await answer(server, 'postgres', made)).to.deep.equal([{ datconnlimit: 5 }])
    const rows = await asLogin(
      pair.to.access,
      pair.login.to,
      'CREATE TABLE t AS SELECT 1 AS v; SELECT v FROM t'
    )
    expect(rows).to.deep.equal([{ v: 1 }])
  })

  it('may be released although an attempt died just before it dropped the database', async () => {
    const { name } = pair.to
    await begin(pair.moving(), moveCall())
    await answer(server, 'postgres', `ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`)
    await pair.to.remove()
    const left = `SELECT datname FROM pg_database WHERE datname = '${name}'
      UNION ALL SELECT rolname FROM pg_roles WHERE rolname ~ '^${name}' OR shobj_description(oid, 'pg_authid') LIKE '%${name}%'`
    expect(await answer(server, 'postgres', left)).to.deep.equal([])
  })

  it('gives the target the locale of the source', async () => {
    const { name } = pair.from
    await answer(server, 'postgres', `DROP DATABASE "${name}"`)
    await answer(
      server,
      'postgres',
      `CREATE DATABASE "${name}" TEMPLATE template0 OWNER ${pair.from.access.user} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'de'`
    )
    await begin(pair.moving(), moveCall())
    const sql = `SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider, COALESCE(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale') AS locale FROM pg_database d WHERE datname = '${pair.to.name}'`
    expect(await answer(server, 'postgres', sql)).to.deep.equal([
      { encoding: 'LATIN1', datlocprovider: 'i', locale: 'de' }
    ])
  })

  it('finds room although the tenant holds every connection', async () => {
    const clients = Array.from({ length: 5 }, () => pair.from.access).map(({ host, port, database }) => {
      const { name, password } = pair.login.from
      return new pg.Client({ host, port, database, user: name, password })
    })
    await Promise.all(clients.map((client) => client.connect()))
    expect(await asLogin(pair.from.access, pair.login.from, 'SELECT 1 AS v')).to.equal('53300')
    await begin(pair.moving(), moveCall())
    const step = stepLogin(pair.moving(), 'from')
    expect(await asLogin(pair.from.access, step, 'SELECT 1 AS v')).to.deep.equal([{ v: 1 }])
    await Promise.all(clients.map((client) => client.end()))
    const limit = `SELECT datconnlimit FROM pg_database WHERE datname = '${pair.from.name}'`
    expect(await answer(server, 'postgres', limit)).to.deep.equal([{ datconnlimit: 21 }])
    await endSteps(pair.moving())
    expect(await answer(server, 'postgres', limit)).to.deep.equal([{ datconnlimit: 5 }])
    expect(await stepsOf(pair.from)).to.deep.equal([])
  })
})
