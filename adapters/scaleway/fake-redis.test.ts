import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parse } from 'yaml'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, objectAt, textAt } from '../../src/contract/read.ts'
import { fixture } from '../../test/support/provider-mock.ts'
import { asking } from './fake/ask.ts'
import { sharedFake } from './fake/bench.ts'
import type { FakeScaleway } from './fake/start-fake.ts'

const UNKNOWN = '00000000-0000-4000-8000-000000000000'

describe('the fake of Scaleway’s Managed Redis', () => {
  let fake: FakeScaleway
  const ZONE = '/redis/v1/zones/fr-par-1'
  const CLUSTERS = `${ZONE}/clusters`

  before(async function () {
    this.timeout(60_000)
    fake = await sharedFake()
    await fake.start('Redis')
  })
  beforeEach(() => fake.reset())

  const ask = asking(() => fake)

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
