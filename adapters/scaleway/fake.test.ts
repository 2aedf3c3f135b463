import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parse } from 'yaml'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, objectAt, textAt } from '../../src/contract/read.ts'
import { fixture } from '../../test/support/provider-mock.ts'
import { type FakeScaleway, startFakeScaleway } from './fake/start-fake.ts'

const ROOT = '/rdb/v1/regions/fr-par'
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

describe('the fake of Scaleway', () => {
  let fake: FakeScaleway

  before(async function () {
    this.timeout(60_000)
    fake = await startFakeScaleway()
  })
  after(() => fake.stop())
  beforeEach(() => fake.reset())

  async function ask(method: string, path: string, body?: Json, key = textAt(fake.settings, 'secretKey')) {
    const answer = await fetch(`${fake.url}${path}`, {
      method,
      headers: { 'x-auth-token': key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await answer.text()
    const parsed: JsonObject = text === '' ? {} : JSON.parse(text)
    return { status: answer.status, body: parsed, headers: answer.headers }
  }

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

  describe('of Managed Redis', () => {
    const ZONE = '/redis/v1/zones/fr-par-1'
    const CLUSTERS = `${ZONE}/clusters`

    before(async function () {
      this.timeout(60_000)
      await fake.start('Redis')
    })

    function cluster(change: JsonObject = {}, without: readonly string[] = []): JsonObject {
      const wanted = fixture(import.meta.url, 'fixtures/redis-create-request.json')
      const entries = Object.entries({ ...(wanted as JsonObject), ...change })
      return Object.fromEntries(entries.filter(([key]) => !without.includes(key)))
    }

    async function ordered(change: JsonObject = {}): Promise<string> {
      const { status, body } = await ask('POST', CLUSTERS, cluster(change))
      expect(status, JSON.stringify(body)).to.equal(200)
      return `${CLUSTERS}/${textAt(body, 'id')}`
    }

    async function born(change: JsonObject = {}): Promise<string> {
      const at = await ordered(change)
      for (let looks = 0; looks < 4; looks++) await ask('GET', at)
      expect((await ask('GET', at)).body['status']).to.equal('ready')
      return at
    }

    it('answers in the shape that was recorded', async () => {
      const recorded = fixture(import.meta.url, 'fixtures/redis-create.json') as JsonObject
      const { body } = await ask('POST', CLUSTERS, cluster())
      expect(Object.keys(body)).to.have.members(Object.keys(recorded))
      expect(body).to.deep.include({ status: 'provisioning', node_type: 'RED1-MICRO' })
      const endpoint = arrayAt(body, 'endpoints')[0]
      expect(endpoint).to.deep.include({ ips: [], public_network: {} })
    })

    it('does not know other paths, methods, clusters and zones', async () => {
      for (const [method, path] of [
        ['GET', `${ZONE}/instances`],
        ['PUT', CLUSTERS],
        ['POST', `${ZONE}/node-types`],
        ['GET', `${ZONE}/cluster-versions/7.0.5`],
        ['GET', `${CLUSTERS}/${UNKNOWN}`],
        ['POST', `${await ordered()}/renew-certificate`],
        ['GET', (await ordered()).replace('fr-par-1', 'fr-par-2')]
      ] as const) {
        const { status, body } = await ask(method, path)
        expect([status, body['type']], `${method} ${path}`).to.deep.equal([404, 'not_found'])
      }
      for (const zone of ['fr-par', 'fr-par-3', 'it-mil-1'])
        expect((await ask('GET', `/redis/v1/zones/${zone}/clusters`)).status, zone).to.equal(400)
    })

    for (const field of ['name', 'version', 'node_type', 'user_name', 'password', 'project_id']) {
      it(`refuses an order without ${field}`, async () => {
        const { status, body } = await ask('POST', CLUSTERS, cluster({}, [field]))
        expect(status).to.equal(400)
        expect(arrayAt(body, 'details')[0]).to.deep.include({ argument_name: field, reason: 'required' })
      })
    }

    for (const [field, value, reason] of [
      ['version', '9.9.9', 'constraint'],
      ['node_type', 'RED1-NOTHING', 'constraint'],
      ['user_name', '1abc', 'constraint'],
      ['password', 'no-upper-case-1', 'constraint'],
      ['tags', 'portolan', 'format'],
      ['cluster_size', 0, 'constraint'],
      ['acl_rules', {}, 'format'],
      ['acl_rules', [{ ip: '1.2.3.4/32' }], 'required'],
      ['acl_rules', [{ ip_cidr: '1.2.3.4' }], 'constraint'],
      ['endpoints', [], 'constraint'],
      ['tls_enabled', 'yes', 'format'],
      ['volume_size', 1, 'unknown']
    ] as const) {
      it(`refuses an order with ${field} ${JSON.stringify(value)}`, async () => {
        const { status, body } = await ask('POST', CLUSTERS, cluster({ [field]: value as Json }))
        expect(status).to.equal(400)
        expect(arrayAt(body, 'details')[0]).to.deep.include({ reason })
      })
    }

    for (const query of ['tag=x', 'tags=', 'page=0', 'page_size=101', 'order_by=age', 'page=1&page=2']) {
      it(`refuses the list query ${query}`, async () => {
        const { status, body } = await ask('GET', `${CLUSTERS}?${query}`)
        expect([status, body['type']]).to.deep.equal([400, 'invalid_arguments'])
      })
    }

    it('refuses another project', async () => {
      expect((await ask('POST', CLUSTERS, cluster({ project_id: UNKNOWN }))).status).to.equal(403)
      expect((await ask('GET', `${CLUSTERS}?project_id=${UNKNOWN}`)).status).to.equal(403)
    })

    it('is open to everybody where no rules are ordered, and has no certificate without TLS', async () => {
      const { acl_rules: _rules, tls_enabled: _tls, ...bare } = cluster()
      const { body } = await ask('POST', CLUSTERS, bare)
      expect(arrayAt(body, 'acl_rules')[0]).to.deep.include({ ip_cidr: '0.0.0.0/0' })
      expect(body['tls_enabled']).to.equal(false)
      const at = `${CLUSTERS}/${textAt(body, 'id')}`
      for (let looks = 0; looks < 5; looks++) await ask('GET', at)
      expect((await ask('GET', `${at}/certificate`)).status).to.equal(404)
    })

    it('refuses writes to a cluster that is not ready', async () => {
      const at = await ordered()
      for (const [method, path, body] of [
        ['PUT', '/acls', { acl_rules: [] }],
        ['POST', '/migrate', { node_type: 'RED1-S' }],
        ['DELETE', '', undefined]
      ] as const) {
        const answer = await ask(method, `${at}${path}`, body)
        expect(answer.status).to.equal(409)
        expect(answer.body).to.deep.include({ type: 'transient_state', current_state: 'provisioning' })
      }
      expect((await ask('GET', `${at}/certificate`)).status).to.equal(404)
    })

    it('takes one change at a time, and only what can be', async () => {
      const at = await born()
      for (const change of [
        {},
        { node_type: 'RED1-S', cluster_size: 2 },
        { node_type: 'red1-micro' },
        { cluster_size: 3 },
        { cluster_size: 1 },
        { tls_enabled: false }
      ]) {
        const { status } = await ask('POST', `${at}/migrate`, change)
        expect(status, JSON.stringify(change)).to.equal(400)
      }
      expect((await ask('POST', `${at}/migrate`, { cluster_size: 2 })).status).to.equal(200)
      expect((await ask('POST', `${at}/migrate`, { node_type: 'RED1-S' })).status).to.equal(409)
    })

    it('does not show a new cluster at once, where it is late', async () => {
      await fake.setScene({ hiddenLists: 1, hiddenSeconds: 30, hiddenGets: 1 })
      const at = await ordered()
      const listed = async () => (await ask('GET', CLUSTERS)).body['total_count']
      expect(await listed()).to.equal(0)
      expect(await listed()).to.equal(0)
      await fake.advance(31)
      expect(await listed()).to.equal(1)
      expect((await ask('GET', at)).status).to.equal(404)
      expect((await ask('GET', at)).status).to.equal(200)
    })

    it('shows a deleted cluster for a while, and its deletion may end in an error', async () => {
      await fake.setScene({ failedDeletes: 1 })
      const at = await born()
      expect((await ask('DELETE', at)).body['status']).to.equal('deleting')
      await ask('GET', at)
      await ask('GET', at)
      expect((await ask('GET', at)).body['status']).to.equal('error')
      expect((await ask('DELETE', at)).body['status']).to.equal('deleting')
      for (const status of [200, 200, 404]) expect((await ask('GET', at)).status).to.equal(status)
      expect((await fake.state()).redisUsers).to.deep.equal([])
    })

    it('sells every plan of the catalog, and tells what it sells', async () => {
      const types = arrayAt((await ask('GET', `${ZONE}/node-types`)).body, 'node_types')
      const versions = arrayAt((await ask('GET', `${ZONE}/cluster-versions`)).body, 'versions')
      const file = new URL('catalog/providers/scaleway/redis.yaml', `file://${process.cwd()}/`)
      const plans = arrayAt(parse(readFileSync(file, 'utf8')) as JsonObject, 'plans').filter(isObject)
      expect(plans.length).to.be.greaterThan(0)
      for (const plan of plans) {
        const { version, nodeType, clusterSize } = objectAt(plan, 'driverPlan')
        expect(types.filter(isObject).map(({ name }) => name)).to.include(nodeType)
        expect(versions.filter(isObject).map((each) => each['version'])).to.include(version)
        await ordered({ version, node_type: nodeType, cluster_size: clusterSize } as JsonObject)
      }
    })
  })
})
