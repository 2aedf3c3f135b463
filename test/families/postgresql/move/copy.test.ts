import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { ProviderFailure } from '../../../../src/contract/errors.ts'
import type { MoveFigures, MoveProgress } from '../../../../src/contract/move.ts'
import type { MoveCall } from '../../../../src/contract/ports.ts'
import { stepLogin } from '../../../../src/families/postgresql/move/step-login.ts'
import { toolsPort } from '../../../../src/transport/tools.ts'
import { workspacePort } from '../../../../src/transport/workspace.ts'
import { fillWithEveryKind } from '../../../support/every-kind.ts'
import { attempt, endSteps, newPair, type Pair } from '../../../support/move-pair.ts'
import { moveCall } from '../../../support/moving.ts'
import { postgresServer, type TestServer, withClient } from '../../../support/postgres-server.ts'
import { asLogin } from '../../../support/postgres-tenant.ts'
import { processesNaming } from '../../../support/processes.ts'

const HOSTILE = new URL('../../../../adapters/postgresql-server/hostile.sql', import.meta.url)

/** With all rows, rights, comments and settings, and the roles under the names of the target; the order of lines means nothing. */
async function dumped(server: TestServer, { from, to, login, reader }: Pair, side: 'from' | 'to') {
  const { host, port, user, password } = server.superuser
  const [tool] = await toolsPort()('pg_dump')
  const args = ['--create', '--dbname', side === 'from' ? from.name : to.name]
  const environment = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password }
  const { stdout } = await promisify(execFile)(tool?.program ?? '', args, {
    env: environment,
    maxBuffer: 1e9
  })
  const names = [
    [from.name, to.name],
    [login.from.name, login.to.name],
    [reader.from.name, reader.to.name]
  ] as const
  const renamed = names.reduce((text, [source, target]) => text.replaceAll(source, target), stdout)
  const lines = renamed.split('\n').filter((line) => !/^(--|$|\\(un)?restrict)/.test(line))
  return lines.toSorted()
}

async function answer(server: TestServer, database: string, sql: string): Promise<unknown> {
  return withClient({ ...server.superuser, database }, async (client) => (await client.query(sql)).rows)
}

/** What is left of throwaway logins on the server. */
function steps(server: TestServer): Promise<unknown> {
  return answer(
    server,
    'postgres',
    `SELECT rolname, (SELECT count(*) FROM pg_stat_activity WHERE usename = rolname) AS sessions FROM pg_roles
     WHERE shobj_description(oid, 'pg_authid') LIKE 'portolan step of %'`
  )
}

describe('copying a PostgreSQL database', function () {
  this.timeout(120_000)
  let server: TestServer
  let workFolder: string
  let pair: Pair

  function callWith(signal = new AbortController().signal): MoveCall {
    return { ...moveCall(signal), workspace: workspacePort({ signal, workFolder }) }
  }

  before(async () => {
    server = await postgresServer()
    workFolder = mkdtempSync(join(tmpdir(), 'portolan-copy-'))
  })

  after(() => rmSync(workFolder, { recursive: true, force: true }))

  describe('with every kind of object that a tenant makes', () => {
    const told: MoveProgress[] = []
    let figures: MoveFigures

    before(async () => {
      pair = await newPair(server)
      await fillWithEveryKind(server, pair.from, pair.login.from)
      const moving = pair.moving(1, (progress) => told.push(progress))
      figures = await attempt(moving, callWith())
      await endSteps(moving)
    })

    after(() => pair.remove())

    it("makes what the server's own tool dumps as it dumps the source: rows, rights, policies, comments, settings", async () => {
      const [source, target] = [await dumped(server, pair, 'from'), await dumped(server, pair, 'to')]
      expect(
        source.filter((line) => /^CREATE POLICY|^ALTER DEFAULT PRIVILEGES/.test(line))
      ).to.have.lengthOf.above(4)
      expect(target).to.deep.equal(source)
    })

    it('gives large objects their numbers and their bytes', async () => {
      const sql = `SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY 1`
      const source = await answer(server, pair.from.name, sql)
      expect(source).to.have.lengthOf(3)
      expect(await answer(server, pair.to.name, sql)).to.deep.equal(source)
    })

    it('tells how far it is, and in the end what it has done', () => {
      expect(told.at(-1)).to.include({ objects: told[0]?.totalObjects, bytes: figures.bytes })
      expect(figures.bytes).to.be.greaterThan(6_000)
      expect(figures.rows).to.equal(33)
      expect(told.map(({ what }) => what)).to.include('table shop.customers')
    })

    it('SW-33 gathers statistics', async () => {
      const sql = `SELECT count(DISTINCT tablename) > 10 AS many FROM pg_stats WHERE schemaname = 'shop'`
      expect(await answer(server, pair.to.name, sql)).to.deep.equal([{ many: true }])
    })

    it('leaves nothing behind', async () => {
      expect(await steps(server)).to.deep.equal([])
      expect(readdirSync(workFolder)).to.deep.equal([])
    })
  })

  describe('with what an application does out of the ordinary', () => {
    before(async () => {
      pair = await newPair(server)
      const { name } = pair.from
      const statements = [
        'CREATE TABLE mine (v int); INSERT INTO mine VALUES (1)',
        'CREATE TABLE secret AS SELECT 2 AS v',
        `REVOKE ALL ON secret FROM "${name}_ro"`,
        `GRANT SELECT ON mine TO "${name}_ro" WITH GRANT OPTION`,
        'SELECT lo_from_bytea(900000, decode(repeat(md5(1::text), 200000), $$hex$$))',
        'SET ROLE NONE; CREATE SCHEMA own; CREATE TABLE own.t AS SELECT 3 AS v; SELECT lo_from_bytea(900001, $$x$$)',
        `GRANT USAGE ON SCHEMA own TO "${name}_ro"; GRANT SELECT ON own.t TO "${name}_ro"`,
        `SET ROLE NONE; ALTER ROLE "${pair.login.from.name}" SET search_path = own, "Odd Name", public`,
        `ALTER ROLE "${pair.login.from.name}" SET application_name = 'it''s'`
      ]
      expect(await asLogin(pair.from.access, pair.login.from, statements)).to.deep.equal([])
      const passing = `GRANT SELECT ON mine TO "${pair.login.from.name}"`
      expect(await asLogin(pair.from.access, pair.reader.from, passing)).to.deep.equal([])
      await attempt(pair.moving(), callWith())
    })

    after(async () => {
      await endSteps(pair.moving())
      await pair.remove()
    })

    it('gives the group what a login owned, with the rights of others on it', async () => {
      const owners = await answer(
        server,
        pair.to.name,
        `SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE oid = 'own.t'::regclass
         UNION ALL SELECT pg_get_userbyid(lomowner) FROM pg_largeobject_metadata`
      )
      expect(owners).to.deep.equal(Array.from({ length: 3 }, () => ({ owner: pair.to.name })))
      expect(await asLogin(pair.to.access, pair.login.to, 'SELECT v FROM own.t')).to.deep.equal([{ v: 3 }])
      expect(await asLogin(pair.to.access, pair.reader.to, 'SELECT v FROM own.t')).to.deep.equal([{ v: 3 }])
    })

    it('gives readers nothing that was taken from them', async () => {
      expect(await asLogin(pair.from.access, pair.reader.from, 'SELECT v FROM secret')).to.equal('42501')
      expect(await asLogin(pair.to.access, pair.reader.to, 'SELECT v FROM secret')).to.equal('42501')
      expect(await asLogin(pair.to.access, pair.reader.to, 'SELECT v FROM mine')).to.deep.equal([{ v: 1 }])
    })

    it('lets those pass a right on who did at the source', async () => {
      const acl = `SELECT relacl::text AS acl FROM pg_class WHERE relname = 'mine'`
      const passed = `${pair.login.to.name}=r/${pair.to.name}_ro`
      expect(JSON.stringify(await answer(server, pair.to.name, acl))).to.include(passed)
    })

    it('carries over what a login has set for itself', async () => {
      const sql = `SELECT current_setting('search_path') AS path, current_setting('application_name') AS label`
      const settings = [{ path: 'own, "Odd Name", public', label: `it's` }]
      expect(await asLogin(pair.to.access, pair.login.to, sql)).to.deep.equal(settings)
    })

    it('carries over a large object that is longer than one piece', async () => {
      const sql = 'SELECT length(lo_get(900000)) AS bytes, md5(lo_get(900000)) AS sum'
      const source = await answer(server, pair.from.name, sql)
      expect(source).to.have.nested.property('[0].bytes', 3_200_000)
      expect(await answer(server, pair.to.name, sql)).to.deep.equal(source)
    })
  })

  it('copies a database whose schema public is gone', async () => {
    pair = await newPair(server)
    const statements = ['DROP SCHEMA public', 'CREATE SCHEMA other', 'CREATE TABLE other.t AS SELECT 1 AS v']
    expect(await asLogin(pair.from.access, pair.login.from, statements)).to.deep.equal([])
    await attempt(pair.moving(), callWith())
    await endSteps(pair.moving())
    expect(await dumped(server, pair, 'to')).to.deep.equal(await dumped(server, pair, 'from'))
    await pair.remove()
  })

  it('begins anew after an attempt that was ended at any point, and shows no secret while it runs', async function () {
    // Four attempts.
    this.timeout(300_000)
    pair = await newPair(server)
    await fillWithEveryKind(server, pair.from, pair.login.from)
    for (const [number, what] of ['table shop.log', 'large objects', 'rights'].entries()) {
      const ending = new AbortController()
      const moving = pair.moving(number + 1, (progress) => progress.what === what && ending.abort())
      const failure = await attempt(moving, callWith(ending.signal)).catch((error: unknown) => error)
      expect(failure, what).to.be.instanceOf(ProviderFailure)
      expect(readdirSync(workFolder), what).to.deep.equal([])
    }
    const moving = pair.moving(4)
    const secrets = [
      stepLogin(moving, 'from').password,
      stepLogin(moving, 'to').password,
      pair.from.access.password
    ]
    const seen = new Set<string>()
    const looking = setInterval(() => {
      for (const { command } of processesNaming('PGPASSFILE=')) seen.add(/pg_\w+/.exec(command)?.[0] ?? '')
      for (const secret of secrets)
        for (const { command } of processesNaming(secret)) seen.add(`secret: ${command}`)
    }, 5)
    await attempt(moving, callWith())
    clearInterval(looking)
    if (process.platform === 'linux')
      expect([...seen].toSorted()).to.include.members(['pg_dump', 'pg_restore'])
    expect([...seen].filter((each) => each.startsWith('secret'))).to.deep.equal([])
    await endSteps(moving)
    expect(await dumped(server, pair, 'to')).to.deep.equal(await dumped(server, pair, 'from'))
    expect(await steps(server)).to.deep.equal([])
    expect(readdirSync(workFolder)).to.deep.equal([])
    await pair.remove()
  })

  it('SW-23 ends all its sessions when one of them fails, and says why', async () => {
    pair = await newPair(server)
    const statements = [
      'CREATE TABLE long AS SELECT g FROM generate_series(1, 1000000) g',
      'CREATE TABLE wrong (v int)',
      `ALTER TABLE wrong ADD CHECK (session_user = '${pair.login.from.name}')`,
      'INSERT INTO wrong VALUES (2)'
    ]
    expect(await asLogin(pair.from.access, pair.login.from, statements)).to.deep.equal([])
    const moving = pair.moving()
    const failure = await attempt(moving, callWith()).catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(ProviderFailure)
    const { name } = stepLogin(moving, 'to')
    const sessions = await answer(
      server,
      'postgres',
      `SELECT query FROM pg_stat_activity WHERE usename = '${name}'`
    )
    expect(sessions).to.deep.equal([])
    await endSteps(moving)
    await pair.remove()
  })

  it('gives a hostile tenant nothing, on either side', async () => {
    const file = join(tmpdir(), `portolan-copied-${process.pid}`)
    const neighbour = await newPair(server)
    pair = await newPair(server)
    await plant(pair, neighbour.from.name, file)
    const before = await holdings(server)
    await attempt(pair.moving(1), callWith()).catch((error: unknown) => error)
    // What stands in the way of any owner's copy, and is told by the pre-check.
    const mended = [
      'ALTER TABLE public.guarded NO FORCE ROW LEVEL SECURITY',
      `SET ROLE NONE; GRANT USAGE ON SCHEMA own TO CURRENT_USER; GRANT USAGE ON SCHEMA "x""; ALTER ROLE ""${pair.login.from.name}"" CREATEROLE; --" TO CURRENT_USER`
    ]
    expect(await asLogin(pair.from.access, pair.login.from, mended)).to.deep.equal([])
    await attempt(pair.moving(2), callWith())
    const caught = 'SELECT DISTINCT who, acting FROM public.caught'
    expect(await answer(server, pair.to.name, caught)).to.not.deep.equal([])
    const throwaway = [stepLogin(pair.moving(2), 'from').name, stepLogin(pair.moving(2), 'to').name]
    for (const database of [pair.from.name, pair.to.name]) {
      const rows = (await answer(server, database, caught)) as { readonly who: string }[]
      for (const { who } of rows) expect(who.replace(/\d+$/, '2')).to.be.oneOf(throwaway)
    }
    await endSteps(pair.moving(2))
    expect(await holdings(server)).to.equal(before)
    expect(existsSync(file)).to.equal(false)
    await pair.remove()
    await neighbour.remove()
  })
})

/** Whatever a tenant could gain: roles, memberships, databases, settings of others. */
async function holdings(server: TestServer): Promise<string> {
  const questions = [
    'SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls FROM pg_roles ORDER BY 1',
    `SELECT roleid::regrole::text, member::regrole::text, admin_option FROM pg_auth_members ORDER BY 1, 2`,
    'SELECT datname, datdba::regrole::text, datallowconn, datistemplate, datconnlimit, datacl::text FROM pg_database ORDER BY 1',
    'SELECT classoid::regclass::text, description FROM pg_shdescription ORDER BY 1, 2'
  ]
  const answers = []
  for (const question of questions) answers.push(await answer(server, 'postgres', question))
  return JSON.stringify(answers, undefined, 1)
}

async function plant({ from, login, reader }: Pair, neighbour: string, file: string): Promise<void> {
  const values: Record<string, string> = {
    login: login.from.name,
    reader: reader.from.name,
    group: from.name,
    neighbour,
    root: from.access.user,
    file
  }
  const text = readFileSync(HOSTILE, 'utf8').replaceAll(/\{(\w+)\}/g, (_, key: string) => String(values[key]))
  for (const chunk of text.split(/^(?=-- (?:payload|refused): )/m).slice(1)) {
    await asLogin(from.access, login.from, chunk)
  }
}
