import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parse } from 'yaml'
import type { JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, objectAt, textAt } from '../../src/contract/read.ts'
import { fixture } from '../../test/support/provider-mock.ts'
import { asking } from './fake/ask.ts'
import { sharedFake } from './fake/bench.ts'
import type { FakeScaleway } from './fake/start-fake.ts'

const ROOT = '/rdb/v1/regions/fr-par'
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

describe('the fake of Scaleway', () => {
  let fake: FakeScaleway

  before(async function () {
    this.timeout(60_000)
    fake = await sharedFake()
  })
  beforeEach(() => fake.reset())

  const ask = asking(() => fake)

  function order(change: JsonObject = {}, without: readonly string[] = []): JsonObject {
    const wanted = fixture(import.meta.url, 'fixtures/postgresql-create-request.json')
    if (!isObject(wanted)) throw new Error('no fixture')
    const entries = Object.entries({ ...wanted, ...change }).filter(([key]) => !without.includes(key))
    return Object.fromEntries(entries)
  }

  async function made(change: JsonObject = {}): Promise<string> {
    const { status, body } = await ask('POST', `${ROOT}/instances`, order(change))
    expect(status, JSON.stringify(body)).to.equal(200)
    return textAt(body, 'id')
  }

  async function ready(): Promise<string> {
    const at = `${ROOT}/instances/${await made()}`
    for (let looks = 0; looks < 4; looks++) await ask('GET', at)
    expect((await ask('GET', at)).body['status']).to.equal('ready')
    return at
  }

  it('answers in the shape that was recorded', async () => {
    const recorded = fixture(import.meta.url, 'fixtures/postgresql-create.json')
    const { body } = await ask('POST', `${ROOT}/instances`, order())
    expect(Object.keys(body)).to.have.members(Object.keys(isObject(recorded) ? recorded : {}))
    expect(body).to.deep.include({ status: 'provisioning', endpoint: null, endpoints: [] })
    expect(body['created_at']).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  })

  it('refuses a wrong key, and a missing one', async () => {
    for (const key of ['wrong', '']) {
      const { status, body } = await ask('GET', `${ROOT}/instances`, undefined, key)
      expect(status).to.equal(401)
      expect(body).to.deep.include({ type: 'denied_authentication', method: 'api_key' })
    }
  })

  it('does not know other paths, methods and instances', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/rdb/v1/regions/fr-par/clusters'],
      ['PUT', `${ROOT}/instances`],
      ['POST', `${ROOT}/node-types`],
      ['GET', `${ROOT}/instances/${UNKNOWN}`],
      ['DELETE', `${ROOT}/instances/${UNKNOWN}`],
      ['GET', `${ROOT}/instances/${await made()}/snapshots`],
      ['PUT', `${ROOT}/instances/${await made()}/users`]
    ] as const) {
      const { status, body } = await ask(method, path)
      expect([status, body['type']], `${method} ${path}`).to.deep.equal([404, 'not_found'])
    }
  })

  it('is as strict with users and privileges', async () => {
    const user = { name: 'baaaaaaaaaaaaaaaaaaaa', password: 'aaaa-AAAA-0000', is_admin: false }
    const unready = `${ROOT}/instances/${await made()}`
    expect((await ask('POST', `${unready}/users`, user)).body['type']).to.equal('transient_state')
    const at = await ready()
    const privilege = { database_name: 'rdb', user_name: user.name, permission: 'all' }
    const statusOf = async (method: string, path: string, body?: JsonObject) =>
      (await ask(method, `${at}${path}`, body)).status
    expect(await statusOf('POST', '/users', { ...user, password: 'weak' })).to.equal(400)
    expect(await statusOf('POST', '/users', { ...user, roles: [] })).to.equal(400)
    expect(await statusOf('PUT', '/privileges', privilege)).to.equal(404)
    expect(await statusOf('POST', '/users', user)).to.equal(200)
    expect(await statusOf('POST', '/users', user)).to.equal(409)
    expect(await statusOf('PUT', '/privileges', { ...privilege, permission: 'custom' })).to.equal(400)
    expect(await statusOf('PUT', '/privileges', { ...privilege, database_name: 'none' })).to.equal(404)
    expect(await statusOf('PUT', '/privileges', privilege)).to.equal(200)
    expect(await statusOf('PATCH', `/users/${user.name}`, { is_admin: true })).to.equal(400)
    expect(await statusOf('DELETE', `/users/${user.name}`)).to.equal(400)
    expect(await statusOf('PUT', '/privileges', { ...privilege, permission: 'none' })).to.equal(200)
    expect(await statusOf('DELETE', `/users/${user.name}`)).to.equal(204)
    expect(await statusOf('DELETE', `/users/${user.name}`)).to.equal(404)
  })

  it('does not show an instance of another region', async () => {
    const id = await made()
    expect((await ask('GET', `/rdb/v1/regions/nl-ams/instances/${id}`)).status).to.equal(404)
    expect((await ask('GET', '/rdb/v1/regions/xx-xxx/instances')).status).to.equal(400)
  })

  for (const field of ['name', 'engine', 'node_type', 'user_name', 'password', 'project_id']) {
    it(`refuses an order without ${field}`, async () => {
      const { status, body } = await ask('POST', `${ROOT}/instances`, order({}, [field]))
      expect(status).to.equal(400)
      expect(body).to.deep.include({ type: 'invalid_arguments' })
      expect(arrayAt(body, 'details')[0]).to.deep.include({ argument_name: field, reason: 'required' })
    })
  }

  for (const [field, value, reason] of [
    ['engine', 'PostgreSQL-9', 'constraint'],
    ['node_type', 'db-nothing', 'constraint'],
    ['user_name', 'pg_admin', 'constraint'],
    ['user_name', '1abc', 'constraint'],
    ['password', 'Short1!', 'constraint'],
    ['password', 'no-upper-case-1', 'constraint'],
    ['password', 'NoSpecialCharacter1', 'constraint'],
    ['tags', 'portolan', 'format'],
    ['tags', { portolan: true }, 'format'],
    ['volume_type', 'sbs_15k', 'constraint'],
    ['volume_size', 0, 'constraint'],
    ['volume_size', 12_000_000_000, 'constraint'],
    ['volume_size', '10', 'format'],
    ['is_ha_cluster', 'no', 'format'],
    ['something', 1, 'unknown']
  ] as const) {
    it(`refuses an order with ${field} ${JSON.stringify(value)}`, async () => {
      const { status, body } = await ask('POST', `${ROOT}/instances`, order({ [field]: value }))
      expect(status).to.equal(400)
      expect(arrayAt(body, 'details')[0]).to.deep.include({ argument_name: field, reason })
    })
  }

  it('refuses another project', async () => {
    const other = await ask('POST', `${ROOT}/instances`, order({ project_id: UNKNOWN }))
    expect([other.status, other.body['type']]).to.deep.equal([403, 'permissions_denied'])
    expect((await ask('GET', `${ROOT}/instances?project_id=${UNKNOWN}`)).status).to.equal(403)
  })

  for (const query of ['tag=x', 'tags=', 'page=0', 'page_size=101', 'order_by=age', 'page=1&page=2']) {
    it(`refuses the list query ${query}`, async () => {
      const { status, body } = await ask('GET', `${ROOT}/instances?${query}`)
      expect([status, body['type']]).to.deep.equal([400, 'invalid_arguments'])
    })
  }

  it('finds by one tag and by a part of the name', async () => {
    const id = await made()
    const found = async (query: string) => {
      const { body } = await ask('GET', `${ROOT}/instances?${query}`)
      return arrayAt(body, 'instances').map((each) => (isObject(each) ? each['id'] : undefined))
    }
    expect(await found('tags=portolan-resource%3Dresource-1')).to.deep.equal([id])
    expect(await found('tags=portolan-resource')).to.deep.equal([])
    expect(await found('name=aaaa')).to.deep.equal([id])
    expect(await found('name=zzzz')).to.deep.equal([])
  })

  it('refuses writes to an instance that is not ready', async () => {
    const at = `${ROOT}/instances/${await made()}`
    for (const [method, path, body] of [
      ['PUT', '/acls', { rules: [] }],
      ['POST', '/databases', { name: 'x' }],
      ['POST', '/upgrade', { enable_ha: true }],
      ['DELETE', '', undefined]
    ] as const) {
      const answer = await ask(method, `${at}${path}`, body)
      expect(answer.status).to.equal(409)
      expect(answer.body).to.deep.include({ type: 'transient_state', current_state: 'provisioning' })
    }
    expect((await ask('GET', `${at}/certificate`)).status).to.equal(404)
  })

  it('takes rules, databases and upgrades as Scaleway does', async () => {
    const at = await ready()
    expect((await ask('POST', `${at}/upgrade`, { enable_ha: true, node_type: 'db-dev-m' })).status).to.equal(
      400
    )
    expect((await ask('POST', `${at}/upgrade`, {})).status).to.equal(400)
    expect((await ask('POST', `${at}/upgrade`, { volume_size: 5_000_000_000 })).status).to.equal(400)
    expect((await ask('PUT', `${at}/acls`, { rules: [{ ip: '1.2.3.4' }] })).status).to.equal(400)
    expect((await ask('POST', `${at}/databases`, { name: 'one' })).status).to.equal(200)
    const again = await ask('POST', `${at}/databases`, { name: 'one' })
    expect([again.status, again.body['type']]).to.deep.equal([409, 'already_exists'])
    const { body } = await ask('GET', at)
    const endpoint = arrayAt(body, 'endpoints')[0]
    expect(isObject(endpoint) && endpoint['load_balancer']).to.deep.equal({})
    expect(
      (await ask('PUT', `${at}/acls`, { rules: [{ ip: '1.2.3.4/32', description: '' }] })).status
    ).to.equal(200)
    expect((await ask('GET', at)).body['status']).to.equal('configuring')
  })

  it('shows a deleted instance for a while, then not', async () => {
    const at = await ready()
    const deleted = await ask('DELETE', at)
    expect([deleted.status, deleted.body['status']]).to.deep.equal([200, 'deleting'])
    expect((await ask('GET', at)).status).to.equal(200)
    expect((await ask('GET', at)).status).to.equal(200)
    expect((await ask('GET', at)).status).to.equal(404)
    expect((await fake.state()).roles).to.deep.equal([])
  })

  it('throttles in words and headers', async () => {
    await fake.setScene({ throttled: 1, resetSeconds: 5 })
    const { status, body, headers } = await ask('GET', `${ROOT}/instances`)
    expect(status).to.equal(429)
    expect(body).to.deep.include({ type: 'too_many_requests', reset_seconds: 5 })
    expect(headers.get('retry-after')).to.equal('5')
    expect((await ask('GET', `${ROOT}/instances`)).status).to.equal(200)
  })

  it('sells every plan of the catalog', async () => {
    const file = new URL('catalog/providers/scaleway/postgresql.yaml', `file://${process.cwd()}/`)
    const catalog: JsonObject = parse(readFileSync(file, 'utf8'))
    const plans = arrayAt(catalog, 'plans').filter(isObject)
    expect(plans.length).to.be.greaterThan(0)
    for (const plan of plans) {
      const { engine, nodeType, volumeType, volumeSizeGb } = objectAt(plan, 'driverPlan')
      await made({
        engine: engine ?? null,
        node_type: nodeType ?? null,
        volume_type: volumeType ?? null,
        volume_size: Number(volumeSizeGb) * 1_000_000_000,
        user_name: `admin_${textAt(plan, 'name').replaceAll('-', '_')}`
      })
    }
  })
})
