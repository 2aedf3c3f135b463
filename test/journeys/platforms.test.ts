import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { objectAt, textAt } from '../../src/contract/read.ts'
import { type BrokerProcess, dataFolder, removeBrokers, startedBroker } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { holdings, payloads } from '../support/hostile-tenant.ts'
import { keepSecret } from '../support/journal.ts'
import { clientFor, logsIn } from '../support/logs-in.ts'
import {
  type OsbAnswer,
  type OsbClient,
  type OsbLogin,
  type OsbRequest,
  osbClient
} from '../support/osb-client.ts'
import { postgresServer, type TestServer } from '../support/postgres-server.ts'
import { QUAY, quayCatalog, quayProviders } from '../support/quay.ts'

const IDS = { service_id: QUAY.service, plan_id: QUAY.plan }
const QUERY = `service_id=${QUAY.service}&plan_id=${QUAY.plan}`
const EXAMPLE = {
  service_id: '80170fa6-e4c0-4a2c-8fc0-9aa2bbe465d1',
  plan_id: '8a446c41-fb32-46b2-a031-01af21e971b6'
}
const PROVISION = { ...IDS, organization_guid: 'one-organization', space_guid: 'one-space' }

for (const store of ['sqlite', 'postgres'] as const) {
  describe(`Two platforms of one broker, on ${store}`, function () {
    this.timeout(120_000)
    let broker: BrokerProcess
    let north: OsbClient
    let south: OsbClient
    let drop: (() => Promise<void>) | undefined
    /** North's: a database with a binding, and one more that is still being made. */
    const [taken, bound, slow] = [randomUUID(), randomUUID(), randomUUID()]
    let operation: string
    let logins: readonly [OsbLogin, OsbLogin]

    before(async function () {
      this.timeout(BUILT_WITHIN_MS)
      const server = await postgresServer()
      const fresh = store === 'postgres' ? await server.freshDatabase() : undefined
      drop = fresh?.drop
      const stage = await openBroker(server, fresh?.url)
      broker = stage.broker
      north = stage.north
      south = stage.south
      logins = stage.logins
      expect((await north.send(put(taken, PROVISION))).status).to.equal(201)
      expect((await north.send(put(`${taken}/service_bindings/${bound}`, IDS))).status).to.equal(201)
      const slowly = { ...EXAMPLE, organization_guid: 'one-organization', space_guid: 'one-space' }
      const begun = await north.send(put(`${slow}?accepts_incomplete=true`, slowly))
      expect(begun.status).to.equal(202)
      operation = textAt(begun.body, 'operation')
    })

    after(async () => {
      await north.send({ method: 'DELETE', path: path(`${taken}/service_bindings/${bound}?${QUERY}`) })
      await north.send({ method: 'DELETE', path: path(`${taken}?${QUERY}`) })
      await broker.stop()
      await removeBrokers()
      await drop?.()
    })

    /** Every route, every way to ask, about an instance and a binding; none of them can rightly make one. */
    function questions(instance: string, binding: string, token: string): readonly OsbRequest[] {
      const at = path(instance)
      const on = `${at}/service_bindings/${binding}`
      const impossible = { ...PROVISION, plan_id: randomIdOfNothing }
      const slowQuery = `service_id=${EXAMPLE.service_id}&plan_id=${EXAMPLE.plan_id}`
      return [
        ...[at, on].flatMap((each) => [
          { method: 'GET', path: each },
          { method: 'GET', path: `${each}?${QUERY}` },
          { method: 'GET', path: `${each}/last_operation` },
          { method: 'GET', path: `${each}/last_operation?operation=${token}` },
          { method: 'GET', path: `${each}/last_operation?${QUERY}` },
          { method: 'DELETE', path: each },
          { method: 'DELETE', path: `${each}?${QUERY}` },
          { method: 'DELETE', path: `${each}?${QUERY}&accepts_incomplete=true` },
          { method: 'DELETE', path: `${each}?${slowQuery}&accepts_incomplete=true` },
          { method: 'DELETE', path: `${each}?service_id=${QUAY.service}&plan_id=x` },
          { method: 'PUT', path: each, body: {} },
          { method: 'PUT', path: each, body: impossible }
        ]),
        { method: 'PUT', path: at, body: { ...PROVISION, parameters: { never: 1 } } },
        { method: 'PUT', path: at, body: { ...PROVISION, maintenance_info: { version: '9.9.9' } } },
        { method: 'PATCH', path: at, body: {} },
        { method: 'PATCH', path: at, body: IDS },
        {
          method: 'PATCH',
          path: `${at}?accepts_incomplete=true`,
          body: { service_id: QUAY.service, context: { platform: 'x' } }
        },
        { method: 'PATCH', path: at, body: { ...IDS, parameters: { region: QUAY.region } } },
        { method: 'PATCH', path: at, body: { ...EXAMPLE, parameters: { colour: 'red' } } },
        { method: 'PUT', path: on, body: IDS },
        {
          method: 'PUT',
          path: `${on}?accepts_incomplete=true`,
          body: { ...IDS, parameters: { access: 'read-only' } }
        },
        { method: 'PUT', path: on, body: { predecessor_binding_id: binding } },
        {
          method: 'PUT',
          path: `${at}/service_bindings/${randomIdOfNothing}`,
          body: { predecessor_binding_id: binding }
        }
      ]
    }

    it('are told the same about an id of the other as about one that nobody uses', async () => {
      const before = await northSees()
      for (const [instance, binding] of [
        [taken, bound],
        [slow, bound]
      ] as const) {
        const asked = questions(instance, binding, operation)
        const unknown = questions(randomUUID(), randomUUID(), randomUUID())
        for (const [index, request] of asked.entries()) {
          const answer = await south.send(request)
          const expected = await south.send(unknown[index] as OsbRequest)
          expect(comparable(answer), `${request.method} ${request.path}`).to.deep.equal(comparable(expected))
        }
      }
      expect(await northSees()).to.deep.equal(before)
    })

    it('may use the same ids, each for its own', async () => {
      const before = await northSees()
      const unused = randomUUID()
      const first = await south.send(put(taken, PROVISION))
      const control = await south.send(put(unused, PROVISION))
      expect(first.status).to.equal(201)
      expect(comparable(first)).to.deep.equal(comparable(control))

      // North's binding and north's operation are nothing of south's instance with the same id.
      for (const ask of [
        (instance: string, binding: string, token: string) =>
          `${instance}/service_bindings/${binding}?x=${token}`,
        (instance: string, _: string, token: string) => `${instance}/last_operation?operation=${token}`,
        (instance: string, binding: string) => `${instance}/service_bindings/${binding}/last_operation`
      ]) {
        const answer = await south.send({ method: 'GET', path: path(ask(taken, bound, operation)) })
        const expected = await south.send({
          method: 'GET',
          path: path(ask(unused, randomUUID(), randomUUID()))
        })
        expect(comparable(answer)).to.deep.equal(comparable(expected))
      }
      const rotated = (instance: string, predecessor: string) =>
        south.send(
          put(`${instance}/service_bindings/${randomUUID()}`, { predecessor_binding_id: predecessor })
        )
      expect(comparable(await rotated(taken, bound))).to.deep.equal(
        comparable(await rotated(unused, randomUUID()))
      )

      const its = await south.send(put(`${taken}/service_bindings/${bound}`, IDS))
      expect(its.status).to.equal(201)
      const credentials = objectAt(its.body, 'credentials')
      const theirs = objectAt(
        (await north.send({ method: 'GET', path: path(`${taken}/service_bindings/${bound}`) })).body,
        'credentials'
      )
      for (const key of ['database', 'user', 'password']) expect(credentials[key]).to.not.equal(theirs[key])

      for (const gone of [`${taken}/service_bindings/${bound}`, taken, unused])
        expect((await south.send({ method: 'DELETE', path: path(`${gone}?${QUERY}`) })).status).to.equal(200)
      expect(await logsIn(theirs)).to.equal(true)
      expect(await northSees()).to.deep.equal(before)
    })

    it('cannot come in with each other’s passwords', async () => {
      const [one, other] = logins
      const mixed = osbClient(broker.url, { username: one.username, password: other.password })
      expect((await mixed.send({ method: 'GET', path: '/v2/catalog' })).status).to.equal(401)
    })

    async function northSees(): Promise<unknown> {
      const paths = [
        taken,
        `${taken}/last_operation`,
        `${taken}/service_bindings/${bound}`,
        `${taken}/service_bindings/${bound}/last_operation`,
        slow
      ]
      return Promise.all(
        paths.map(async (each) => comparable(await north.send({ method: 'GET', path: path(each) })))
      )
    }
  })
}

const randomIdOfNothing = randomUUID()

describe('Two tenants of one server, by the bindings that the broker gives', function () {
  this.timeout(180_000)
  let server: TestServer
  let broker: BrokerProcess
  let north: OsbClient
  let south: OsbClient

  before(async function () {
    this.timeout(BUILT_WITHIN_MS)
    server = await postgresServer()
    const stage = await openBroker(server, undefined)
    broker = stage.broker
    north = stage.north
    south = stage.south
  })

  after(async () => {
    await broker.stop()
    await removeBrokers()
  })

  it('neither gains anything by what it plants, nor leaves anything', async () => {
    const file = join(tmpdir(), `portolan-loot-${process.pid}`)
    const before = await holdings(server.superuser)
    const [mine, theirs] = [randomUUID(), randomUUID()]
    expect((await south.send(put(theirs, PROVISION))).status).to.equal(201)
    const neighbour = await bind(south, theirs)
    expect(await run(neighbour.credentials, 'CREATE TABLE precious AS SELECT 42 AS v')).to.be.an('array')
    const alone = await holdings(server.superuser)

    expect((await north.send(put(mine, PROVISION))).status).to.equal(201)
    const attacker = await bind(north, mine)
    const reader = await bind(north, mine, { access: 'read-only' })
    await plant(attacker.credentials, reader.credentials, neighbour.credentials, server, file)

    // Whatever the broker does from here, it does in a database full of traps.
    const heir = await bind(north, mine)
    const successor = randomUUID()
    const rotated = await north.send(
      put(`${mine}/service_bindings/${successor}`, { predecessor_binding_id: attacker.id })
    )
    expect(rotated.status, rotated.text).to.equal(201)
    await unbind(north, mine, successor)
    for (const { id, credentials } of [attacker, reader]) {
      await unbind(north, mine, id)
      expect(await logsIn(credentials)).to.equal(false)
    }
    expect(await run(heir.credentials, 'SELECT * FROM public.caught')).to.deep.equal([])
    await unbind(north, mine, heir.id)
    expect(await run(neighbour.credentials, 'SELECT v FROM precious')).to.deep.equal([{ v: 42 }])
    expect((await north.send({ method: 'DELETE', path: path(`${mine}?${QUERY}`) })).status).to.equal(200)
    expect(await holdings(server.superuser)).to.deep.equal(alone)

    await unbind(south, theirs, neighbour.id)
    expect((await south.send({ method: 'DELETE', path: path(`${theirs}?${QUERY}`) })).status).to.equal(200)
    expect(await holdings(server.superuser)).to.deep.equal(before)
    expect(existsSync(file)).to.equal(false)
  })

  it('cannot enter the other’s database, take its group, its login or its place', async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()]
    await south.send(put(theirs, PROVISION))
    await north.send(put(mine, PROVISION))
    const neighbour = await bind(south, theirs)
    const attacker = await bind(north, mine)
    const [group, login, own] = [
      textAt(neighbour.credentials, 'database'),
      textAt(neighbour.credentials, 'user'),
      textAt(attacker.credentials, 'database')
    ]
    for (const database of [group, 'postgres', 'template1'])
      expect(await run({ ...attacker.credentials, database }, 'SELECT 1'), database).to.equal('42501')
    for (const attack of [
      `SET ROLE "${group}"`,
      `SET ROLE "${login}"`,
      `SET ROLE "${server.managedRoot.user}"`,
      `GRANT "${group}" TO "${textAt(attacker.credentials, 'user')}"`,
      `DROP DATABASE "${group}"`,
      `ALTER DATABASE "${own}" CONNECTION LIMIT -1`,
      `ALTER DATABASE "${own}" IS_TEMPLATE true`,
      `ALTER ROLE "${login}" PASSWORD 'x'`,
      `COMMENT ON ROLE "${group}" IS 'mine'`,
      'CREATE ROLE another',
      'CREATE DATABASE another',
      'SELECT * FROM pg_authid',
      `COPY (SELECT 1) TO PROGRAM 'true'`,
      `SELECT pg_read_file('postgresql.conf')`
    ]) {
      expect(await run(attacker.credentials, attack), attack).to.equal('42501')
      expect(await run(attacker.credentials, 'SET ROLE NONE', attack), attack).to.equal('42501')
    }
    await unbind(north, mine, attacker.id)
    await unbind(south, theirs, neighbour.id)
    for (const [client, id] of [
      [north, mine],
      [south, theirs]
    ] as const)
      expect((await client.send({ method: 'DELETE', path: path(`${id}?${QUERY}`) })).status).to.equal(200)
  })
})

interface Bound {
  readonly id: string
  readonly credentials: JsonObject
}

async function bind(client: OsbClient, instance: string, parameters: JsonObject = {}): Promise<Bound> {
  const id = randomUUID()
  const answer = await client.send(put(`${instance}/service_bindings/${id}`, { ...IDS, parameters }))
  expect(answer.status, answer.text).to.equal(201)
  return { id, credentials: objectAt(answer.body, 'credentials') }
}

async function unbind(client: OsbClient, instance: string, binding: string): Promise<void> {
  const answer = await client.send({
    method: 'DELETE',
    path: path(`${instance}/service_bindings/${binding}?${QUERY}`)
  })
  expect(answer.status, answer.text).to.equal(200)
}

/** The last answer's rows, or the server's code of the refusal. */
async function run(credentials: JsonObject, ...statements: readonly string[]): Promise<unknown> {
  const client = clientFor(credentials)
  client.on('error', () => undefined)
  try {
    await client.connect()
    let answer: unknown
    for (const statement of statements) answer = await client.query(statement)
    const last = (Array.isArray(answer) ? answer.at(-1) : answer) as { readonly rows: unknown }
    return last.rows
  } catch (error) {
    return (error as { code?: unknown }).code
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function plant(
  attacker: JsonObject,
  reader: JsonObject,
  neighbour: JsonObject,
  server: TestServer,
  file: string
): Promise<void> {
  const planted = payloads({
    login: textAt(attacker, 'user'),
    reader: textAt(reader, 'user'),
    group: textAt(attacker, 'database'),
    neighbour: textAt(neighbour, 'database'),
    root: server.managedRoot.user,
    file
  })
  expect(planted.length).to.be.above(10)
  for (const { title, sql, isRefused } of planted) {
    const answer = await run(attacker, sql)
    if (isRefused) expect(answer, title).to.be.oneOf(['42501', '55000'])
    else expect(answer, title).to.be.an('array')
  }
}

function put(at: string, body: JsonObject): OsbRequest {
  return { method: 'PUT', path: path(at), body }
}

function path(at: string): string {
  return `/v2/service_instances/${at}`
}

/** All of an answer that does not differ from request to request. */
function comparable({ status, text, headers }: OsbAnswer): unknown {
  const { date: _date, 'x-request-id': _id, ...rest } = headers
  return { status, text, headers: rest }
}

async function openBroker(server: TestServer, databaseUrl: string | undefined) {
  const data = dataFolder()
  const login = (username: string) => ({ username, password: randomBytes(18).toString('base64url') })
  const logins = [login('north'), login('south')] as const
  const key = randomBytes(32).toString('base64')
  keepSecret(key, server.managedRoot.password)
  const broker = await startedBroker({
    data,
    env: {
      LOG_LEVEL: 'trace',
      PORTOLAN_KEYS: `k1:${key}`,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl })
    },
    settings: {
      catalog: await quayCatalog(data),
      providers: quayProviders(server),
      platforms: { north: { logins: [{ ...logins[0] }] }, south: { logins: [{ ...logins[1] }] } }
    }
  })
  return { broker, logins, north: osbClient(broker.url, logins[0]), south: osbClient(broker.url, logins[1]) }
}
