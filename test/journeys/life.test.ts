import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { arrayAt, objectAt, textAt } from '../../src/contract/read.ts'
import { MANAGED_ROOT } from '../../src/local/managed-root.ts'
import { type LocalName, readRecord } from '../../src/local/record.ts'
import {
  type BrokerProcess,
  brokerProcess,
  dataFolder,
  loginIn,
  removeBrokers
} from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { clientFor, logsIn } from '../support/logs-in.ts'
import { need } from '../support/need.ts'
import { type OsbAnswer, type OsbClient, osbClient } from '../support/osb-client.ts'
import { withClient } from '../support/postgres-server.ts'
import { root } from '../support/root.ts'

const SERVICE = 'a232e140-a227-48b7-a5d3-00bc46c559f4'
const PLANS = {
  'berlin-small': '7f3b62a8-99f4-4198-9691-40140489e237',
  'berlin-medium': '32e48068-1a26-4bab-8149-31f74f572c29',
  'paris-small': '3c948853-1abf-40b0-a95a-ef1de61675e2'
} as const

/** What application libraries look for, on loopback, where there is no certificate. */
const KEYS = [
  'uri',
  'jdbcUrl',
  'hostname',
  'host',
  'port',
  'name',
  'database',
  'db',
  'username',
  'user',
  'password',
  'sslmode'
]

const SEEN_WITHIN_MS = 30_000

describe('A whole life on berlin and paris', function () {
  this.timeout(180_000)
  const [berlin, paris] = [randomUUID(), randomUUID()]
  const [first, second] = [randomUUID(), randomUUID()]
  let data: string
  let catalog: string
  let broker: BrokerProcess
  let client: OsbClient
  let credentials: JsonObject
  let parisian: JsonObject

  before(async function () {
    this.timeout(BUILT_WITHIN_MS)
    data = dataFolder()
    broker = await brokerProcess({ data })
    await broker.start()
    client = osbClient(broker.url, loginIn(data))
  })

  after(() => removeBrokers())

  const get = (path: string) => client.send({ method: 'GET', path: `/v2/service_instances/${path}` })
  const put = (path: string, body: JsonObject) =>
    client.send({ method: 'PUT', path: `/v2/service_instances/${path}`, body })
  const patch = (path: string, body: JsonObject) =>
    client.send({ method: 'PATCH', path: `/v2/service_instances/${path}`, body })
  const remove = (path: string, plan: string) =>
    client.send({
      method: 'DELETE',
      path: `/v2/service_instances/${path}?service_id=${SERVICE}&plan_id=${plan}`
    })

  async function provision(id: string, plan: string): Promise<OsbAnswer> {
    return put(id, {
      service_id: SERVICE,
      plan_id: plan,
      organization_guid: 'organization',
      space_guid: 'space',
      context: { platform: 'cloudfoundry', organization_guid: 'organization', space_guid: 'space' }
    })
  }

  async function bind(
    instance: string,
    binding: string,
    plan: string,
    more: JsonObject = {}
  ): Promise<JsonObject> {
    const answer = await put(`${instance}/service_bindings/${binding}`, {
      service_id: SERVICE,
      plan_id: plan,
      ...more
    })
    expect(answer.status, answer.text).to.equal(201)
    return objectAt(answer.body, 'credentials')
  }

  it('P-01 B-01: a database at each provider, and credentials that any client takes', async () => {
    expect((await provision(berlin, PLANS['berlin-small'])).status).to.equal(201)
    expect((await provision(paris, PLANS['paris-small'])).status).to.equal(201)
    credentials = await bind(berlin, first, PLANS['berlin-small'])
    parisian = await bind(paris, second, PLANS['paris-small'], {
      context: { platform: 'kubernetes', clusterid: 'c' }
    })

    expect(Object.keys(credentials)).to.have.members(KEYS)
    expect(Object.keys(parisian)).to.have.members([...KEYS, 'type', 'provider', 'jdbc-url'])
    for (const value of Object.values({ ...credentials, ...parisian })) expect(value).to.not.equal(null)
    expect(credentials['port']).to.not.equal(parisian['port'])
    for (const [text, given] of [
      ['berlin', credentials],
      ['paris', parisian]
    ] as const) {
      expect(
        psql(given, `CREATE TABLE kept AS SELECT '${text}'::text AS at; SELECT at FROM kept`)
      ).to.include(text)
      expect(await oneValue(given, 'SELECT at FROM kept')).to.equal(text)
    }
  })

  it('B-12: two bindings of one database work side by side', async () => {
    const other = randomUUID()
    const theirs = await bind(berlin, other, PLANS['berlin-small'], { parameters: { access: 'read-only' } })
    expect(theirs['user']).to.not.equal(credentials['user'])
    expect(await oneValue(theirs, 'SELECT at FROM kept')).to.equal('berlin')
    expect(await codeOf(theirs, `INSERT INTO kept VALUES ('x')`)).to.equal('42501')
    expect((await remove(`${berlin}/service_bindings/${other}`, PLANS['berlin-small'])).status).to.equal(200)
    expect(await logsIn(theirs)).to.equal(false)
    expect(await logsIn(credentials)).to.equal(true)
  })

  it('U-09 U-11 U-13: a change to another provider takes longer than a request may; a bad one changes nothing', async () => {
    const before = await get(berlin)
    const switched = await patch(berlin, { service_id: SERVICE, plan_id: PLANS['paris-small'] })
    expect(switched.status).to.equal(422)
    expect(switched.body['error']).to.equal('AsyncRequired')
    const bad = [{ region: 'paris-1' }, { switch: { within: 'soon' } }, { switch: { cutover: 'now' } }]
    for (const parameters of bad) {
      const { status, text } = await client.send({
        method: 'PATCH',
        path: `/v2/service_instances/${berlin}?accepts_incomplete=true`,
        body: { service_id: SERVICE, parameters }
      })
      expect(status, text).to.equal(400)
      expect(text).to.include(`parameters.${Object.keys(parameters)[0]}`)
    }
    expect((await get(berlin)).text).to.equal(before.text)
    expect(await oneValue(credentials, 'SELECT at FROM kept')).to.equal('berlin')
    expect(await limitOf('berlin', credentials)).to.equal(5)
  })

  it('U-01 U-06: grows from small to medium, and its data stays', async () => {
    const answer = await patch(berlin, { service_id: SERVICE, plan_id: PLANS['berlin-medium'] })
    expect(answer.status, answer.text).to.equal(200)
    expect(answer.body).to.deep.equal({})
    expect((await get(berlin)).body['plan_id']).to.equal(PLANS['berlin-medium'])
    expect(await limitOf('berlin', credentials)).to.equal(20)
    expect(await oneValue(credentials, 'SELECT at FROM kept')).to.equal('berlin')
    // Platforms differ in which plan they name afterwards.
    for (const plan of [PLANS['berlin-small'], PLANS['berlin-medium']])
      expect((await get(`${berlin}/last_operation?service_id=${SERVICE}&plan_id=${plan}`)).status).to.equal(
        200
      )
  })

  it('L-08 C-05: keeps everything over a restart', async () => {
    const seen = async () => [
      (await get(berlin)).text,
      (await get(`${berlin}/last_operation`)).text,
      (await get(`${berlin}/service_bindings/${first}`)).text,
      (await get(`${paris}/service_bindings/${second}`)).text,
      (await client.send({ method: 'GET', path: '/v2/catalog' })).text
    ]
    const before = await seen()
    expect(await broker.stop()).to.equal(0)
    expect(await codeOf(credentials, 'SELECT 1')).to.equal('ECONNREFUSED')
    await broker.start()
    expect(await seen()).to.deep.equal(before)
    expect(await oneValue(credentials, 'SELECT at FROM kept')).to.equal('berlin')
    expect(await oneValue(parisian, 'SELECT at FROM kept')).to.equal('paris')
  })

  it('goes on when the broker is killed between any two steps', async () => {
    const [instance, binding, successor] = [randomUUID(), randomUUID(), randomUUID()]
    const again = async () => {
      await broker.kill()
      await broker.start()
    }
    expect((await provision(instance, PLANS['berlin-small'])).status).to.equal(201)
    await again()
    expect((await provision(instance, PLANS['berlin-small'])).status).to.equal(200)
    const given = await bind(instance, binding, PLANS['berlin-small'])
    await again()
    expect(await logsIn(given)).to.equal(true)
    const rotated = await put(`${instance}/service_bindings/${successor}`, {
      predecessor_binding_id: binding
    })
    expect(rotated.status, rotated.text).to.equal(201)
    await again()
    const grown = await patch(instance, { service_id: SERVICE, plan_id: PLANS['berlin-medium'] })
    expect(grown.status, grown.text).to.equal(200)
    await again()
    expect((await remove(`${instance}/service_bindings/${binding}`, PLANS['berlin-medium'])).status).to.equal(
      200
    )
    await again()
    expect(await logsIn(given)).to.equal(false)
    expect(await logsIn(objectAt(rotated.body, 'credentials'))).to.equal(true)
    expect(
      (await remove(`${instance}/service_bindings/${successor}`, PLANS['berlin-medium'])).status
    ).to.equal(200)
    expect((await remove(instance, PLANS['berlin-medium'])).status).to.equal(200)
    await again()
    expect((await remove(instance, PLANS['berlin-medium'])).status).to.equal(410)
    expect((await get(instance)).status).to.equal(404)
  })

  describe('with catalog files of its own', () => {
    before(async () => {
      await broker.stop()
      catalog = join(data, 'catalog')
      cpSync(join(root, 'catalog'), catalog, { recursive: true })
      broker = await brokerProcess({ data, settings: { local: true, catalog } })
      await broker.start()
      client = osbClient(broker.url, loginIn(data))
    })

    it('C-18 C-19: a plan that is taken out is gone without a restart, and serves whom it has', async () => {
      const before = await catalogNow()
      const file = join(catalog, 'providers/berlin/postgresql.yaml')
      const text = readFileSync(file, 'utf8')
      writeFileSync(file, text.slice(0, text.indexOf(`  - id: ${PLANS['berlin-medium']}`)))
      const after = await until(catalogNow, (answer) => !answer.text.includes(PLANS['berlin-medium']))
      expect(after.headers['etag']).to.not.equal(before.headers['etag'])
      const conditional = {
        method: 'GET',
        path: '/v2/catalog',
        headers: { 'if-none-match': String(after.headers['etag']) }
      }
      const unchanged = await client.send(conditional)
      expect([unchanged.status, unchanged.text]).to.deep.equal([304, ''])

      expect((await get(berlin)).body['plan_id']).to.equal(PLANS['berlin-medium'])
      const binding = randomUUID()
      const given = await bind(berlin, binding, PLANS['berlin-medium'])
      expect(await oneValue(given, 'SELECT at FROM kept')).to.equal('berlin')
      expect((await remove(`${berlin}/service_bindings/${binding}`, PLANS['berlin-medium'])).status).to.equal(
        200
      )
      expect((await patch(berlin, { service_id: SERVICE, plan_id: PLANS['berlin-medium'] })).status).to.equal(
        200
      )
      expect((await provision(randomUUID(), PLANS['berlin-medium'])).status).to.equal(400)
    })

    it('a broken file leaves the catalog as it was, and /readyz says so', async () => {
      const before = await catalogNow()
      const file = join(catalog, 'providers/paris/postgresql.yaml')
      const text = readFileSync(file, 'utf8')
      writeFileSync(file, `${text}\n  - nonsense: [`)
      const readyz = async () => client.send({ method: 'GET', path: '/readyz' })
      const told = await until(readyz, (answer) => answer.text.includes('paris/postgresql.yaml'))
      expect(told.status).to.equal(200)
      expect((await catalogNow()).text).to.equal(before.text)
      writeFileSync(file, text)
      await until(readyz, (answer) => !answer.text.includes('paris/postgresql.yaml'))
    })

    it('U-11 U-12: an edited plan reaches an instance by maintenance_info, and not before', async () => {
      const file = join(catalog, 'providers/paris/postgresql.yaml')
      const text = readFileSync(file, 'utf8')
      const edited = text
        .replace(
          'name: paris-small',
          'name: paris-small\n    maintenanceInfo: { version: 1.1.0, description: Three more connections }'
        )
        .replace('connections: 5', 'connections: 8')
      expect(edited).to.not.equal(text)
      writeFileSync(file, edited)
      await until(catalogNow, (answer) => answer.text.includes('1.1.0'))

      expect((await get(paris)).body).to.not.have.property('maintenance_info')
      // Cloud Controller names the plan in every update: that alone is no maintenance.
      expect((await patch(paris, { service_id: SERVICE, plan_id: PLANS['paris-small'] })).status).to.equal(
        200
      )
      expect(await limitOf('paris', parisian)).to.equal(5)

      const wrong = await patch(paris, { service_id: SERVICE, maintenance_info: { version: '0.9.0' } })
      expect([wrong.status, wrong.body['error']]).to.deep.equal([422, 'MaintenanceInfoConflict'])
      expect(await limitOf('paris', parisian)).to.equal(5)

      const right = await patch(paris, { service_id: SERVICE, maintenance_info: { version: '1.1.0' } })
      expect(right.status, right.text).to.equal(200)
      expect(objectAt((await get(paris)).body, 'maintenance_info')['version']).to.equal('1.1.0')
      expect(await limitOf('paris', parisian)).to.equal(8)
      expect(await oneValue(parisian, 'SELECT at FROM kept')).to.equal('paris')
    })

    it('D-10 UB-10: leaves nothing at either provider in the end', async () => {
      expect((await remove(berlin, PLANS['berlin-medium'])).status, 'with a binding').to.equal(400)
      for (const [instance, binding, plan] of [
        [berlin, first, PLANS['berlin-medium']],
        [paris, second, PLANS['paris-small']]
      ] as const) {
        expect((await remove(`${instance}/service_bindings/${binding}`, plan)).status).to.equal(200)
        expect((await remove(instance, plan)).status).to.equal(200)
        expect((await get(instance)).status).to.equal(404)
      }
      for (const given of [credentials, parisian]) expect(await logsIn(given)).to.equal(false)
      for (const name of ['berlin', 'paris'] as const)
        expect(await standingAt(name), name).to.deep.equal({ databases: [], roles: [] })
    })

    const catalogNow = () => client.send({ method: 'GET', path: '/v2/catalog' })

    it('every plan of the catalog belongs to a provider that is there', async () => {
      const services = arrayAt((await catalogNow()).body, 'services') as JsonObject[]
      const service = services.find((each) => each['id'] === SERVICE)
      const names = arrayAt(service ?? {}, 'plans').map((plan) => textAt(plan as JsonObject, 'name'))
      expect(names).to.have.members(['berlin-small', 'paris-small', 'paris-medium'])
    })
  })

  /** As the managed root, who sees all names. */
  function asRoot<T>(name: LocalName, use: Parameters<typeof withClient<T>>[1]): Promise<T> {
    const server = readRecord(data)?.servers[name]
    if (server === undefined) throw new Error(`no record of ${name}`)
    const { port, password } = server
    return withClient({ host: '127.0.0.1', port, user: MANAGED_ROOT, password, database: 'postgres' }, use)
  }

  function limitOf(name: LocalName, given: JsonObject): Promise<unknown> {
    return asRoot(name, async (session) => {
      const { rows } = await session.query('SELECT datconnlimit FROM pg_database WHERE datname = $1', [
        given['database']
      ])
      return rows[0]?.datconnlimit as unknown
    })
  }

  function standingAt(name: LocalName): Promise<unknown> {
    return asRoot(name, async (session) => ({
      databases: (
        await session.query(
          `SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')`
        )
      ).rows,
      roles: (
        await session.query(
          `SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND NOT rolsuper AND rolname <> '${MANAGED_ROOT}'`
        )
      ).rows
    }))
  }
})

function psql(credentials: JsonObject, sql: string): string {
  return execFileSync(need('psql'), ['-X', '-A', '-t', '-c', sql, textAt(credentials, 'uri')], {
    encoding: 'utf8',
    timeout: 30_000
  })
}

async function oneValue(credentials: JsonObject, sql: string): Promise<unknown> {
  const client = clientFor(credentials)
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return Object.values(rows[0] ?? {})[0]
  } finally {
    await client.end()
  }
}

async function codeOf(credentials: JsonObject, sql: string): Promise<unknown> {
  return oneValue(credentials, sql).catch((error: { code?: unknown }) => error.code)
}

async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + SEEN_WITHIN_MS
  for (;;) {
    const seen = await look()
    if (isSo(seen)) return seen
    if (Date.now() > deadline) throw new Error(`still not so: ${JSON.stringify(seen).slice(0, 500)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
