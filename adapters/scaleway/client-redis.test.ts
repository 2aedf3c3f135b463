import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { failureOf } from '../../test/support/failures.ts'
import { httpCall } from '../../test/support/http-call.ts'
import { fixture as fixtureAt, useProviderMock } from '../../test/support/provider-mock.ts'
import { PROJECT } from './fake/start-fake.ts'
import * as wire from './fake/wire.ts'
import { adapter } from './index.ts'

const ID = 'e3e9e078-0000-4000-8000-000000000002'
const ROOT = '/redis/v1/zones/fr-par-2/clusters'
const AT = `${ROOT}/${ID}`

const fixture = (name: string) => fixtureAt(import.meta.url, `fixtures/${name}.json`) as JsonObject

const order = { ...wire.order, plan: { version: '7.0.5', nodeType: 'RED1-MICRO', clusterSize: 1, zone: 2 } }

const chosen = { ...wire.chosen, region: 'fr-par-2' } as const

const made = { ...chosen, id: ID, seen: true, made: true } as const

describe('Redis at scaleway, to the byte', () => {
  const mock = useProviderMock('https://api.scaleway.com')
  const { redis: driver } = adapter.open({ secretKey: 'the-key', projectId: PROJECT }).drivers
  if (!driver?.bind || !driver.unbind || !driver.access || !driver.update) throw new Error('no driver')
  const sends = { 'x-auth-token': 'the-key', accept: 'application/json' }
  const endpoint = { id: ID, ips: ['51.15.235.76'], port: 6379, public_network: {} }

  function ready(extra: JsonObject = {}) {
    const body = { ...fixture('redis-create'), status: 'ready', endpoints: [endpoint], ...extra }
    mock.expect({ method: 'GET', path: AT, sends }, { status: 200, body })
  }

  it('chooses the zone without a request', async () => {
    const sighting = await driver.create(order, undefined, httpCall())
    expect(sighting).to.deep.equal({ state: 'pending', handle: chosen, lookAgainInSeconds: 0 })
  })

  it('asks for a cluster that is never open', async () => {
    const query = { project_id: PROJECT, page: '1', page_size: '100', order_by: 'created_at_asc' }
    for (const filter of [{ tags: 'portolan-resource=resource-1' }, { name: order.name }]) {
      mock.expect(
        { method: 'GET', path: ROOT, query: { ...query, ...filter }, sends },
        { status: 200, body: { clusters: [], total_count: 0 } }
      )
    }
    mock.expect(
      { method: 'POST', path: ROOT, body: fixture('redis-create-request'), sends },
      { status: 200, body: fixture('redis-create') }
    )
    const sighting = await driver.create(order, chosen, httpCall())
    expect(sighting).to.deep.include({ state: 'pending', handle: { ...chosen, id: ID } })
  })

  it('replaces rules that are not the ordered ones', async () => {
    ready()
    ready({ acl_rules: [{ id: ID, ip_cidr: '0.0.0.0/0', description: '' }] })
    const { acl_rules } = fixture('redis-create-request')
    mock.expect(
      { method: 'PUT', path: `${AT}/acls`, body: { acl_rules: acl_rules ?? null }, sends },
      { status: 200, body: { acl_rules: [], total_count: 0 } }
    )
    expect((await driver.create(order, { ...chosen, id: ID }, httpCall())).state).to.equal('pending')
  })

  it('migrates one field at a time', async () => {
    const wanted = { ...order, plan: { ...order.plan, nodeType: 'RED1-S', clusterSize: 2 } }
    ready()
    mock.expect(
      { method: 'POST', path: `${AT}/migrate`, body: { node_type: 'RED1-S' }, sends },
      { status: 200, body: fixture('redis-create') }
    )
    expect((await driver.update?.(made, wanted, httpCall()))?.state).to.equal('pending')
    ready({ node_type: 'RED1-S' })
    mock.expect(
      { method: 'POST', path: `${AT}/migrate`, body: { cluster_size: 2 }, sends },
      { status: 200, body: fixture('redis-create') }
    )
    expect((await driver.update?.(made, wanted, httpCall()))?.state).to.equal('pending')
  })

  it('refuses what Scaleway cannot change', async () => {
    for (const [change, extra, word] of [
      [{ version: '7.2.11' }, {}, 'version'],
      [{ zone: 1 }, {}, 'zone'],
      [{}, { cluster_size: 2 }, 'fewer']
    ] as const) {
      ready(extra)
      const told = await failureOf(
        driver.update?.(made, { ...order, plan: { ...order.plan, ...change } }, httpCall())
      )
      expect(told.kind).to.equal('invalid')
      expect(told.message).to.contain(word)
    }
  })

  it('gets in over TLS that its own certificate proves', async () => {
    ready()
    const body = fixtureAt(import.meta.url, 'fixtures/postgresql-certificate.json')
    mock.expect({ method: 'GET', path: `${AT}/certificate`, sends }, { status: 200, body })
    expect(await driver.access?.(made, httpCall())).to.deep.equal({
      kind: 'redis',
      host: '51.15.235.76',
      port: 6379,
      user: `portolan_${order.name}`,
      password: chosen.password,
      tls: { ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
      network: 'public'
    })
  })

  it('hands out the one user, and says that nothing takes it back', async () => {
    const login = { name: 'b', password: 'p' }
    const bound = await driver.bind?.(made, login, {}, undefined, httpCall())
    expect(bound?.grant.login).to.deep.equal({ name: `portolan_${order.name}`, password: chosen.password })
    expect(driver.bindChoices?.({})).to.deep.equal({ access: ['read-write'], user: ['own'] })
    for (const parameters of [{ access: 'read-only' }, { user: 'default' }]) {
      const told = await failureOf(driver.bind?.(made, login, parameters, undefined, httpCall()))
      expect(told.kind).to.equal('invalid')
    }
    const notes: string[] = []
    await driver.unbind?.(made, login, undefined, httpCall({ note: (text) => void notes.push(text) }))
    expect(notes.join()).to.contain('stays valid')
  })
})
