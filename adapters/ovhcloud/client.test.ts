import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { failureOf } from '../../test/support/failures.ts'
import { httpCall } from '../../test/support/http-call.ts'
import { AT, chosen, fixture, ID, made, order, ROOT, TIMESTAMP, useApplicationKeys } from './fake/wire.ts'

const NETWORK = {
  networkId: '3b0c2f6e-0000-4000-8000-000000000001',
  subnetId: '3b0c2f6e-0000-4000-8000-000000000002'
}

interface Noted {
  readonly text: string
  readonly facts: JsonObject | undefined
}

describe('ovhcloud with application keys, to the byte', () => {
  const { driver, expectCall, expectTime, mock, open, ready, sends } = useApplicationKeys()

  it('chooses without a request', async () => {
    const sighting = await driver()?.create(order, undefined, httpCall())
    expect(sighting).to.deep.equal({ state: 'pending', handle: chosen, lookAgainInSeconds: 0 })
  })

  it('asks the time once, and for a service that lets in whom it should', async () => {
    expectTime()
    expectCall('GET', ROOT, { status: 200, body: [] })
    const body = fixture('postgresql-create-request')
    expectCall('POST', ROOT, { status: 200, body: fixture('postgresql-create') }, body)
    const sighting = await driver()?.create(order, chosen, httpCall())
    expect(sighting).to.deep.include({ state: 'pending', handle: { ...chosen, id: ID } })
  })

  it('asks for one in the private network of the region, and lets in whom it should there, too', async () => {
    const plan = { ...order.plan, privateNetwork: true }
    const { postgresql } = open({ privateNetworks: { GRA: NETWORK } }).drivers
    const first = await postgresql?.create({ ...order, plan }, undefined, httpCall())
    expect(first).to.deep.include({ state: 'pending', handle: { ...chosen, ...NETWORK } })
    expectTime()
    expectCall('GET', ROOT, { status: 200, body: [] })
    const { ipRestrictions, ...rest } = fixture('postgresql-create-request') as JsonObject
    const body = { ...rest, ...NETWORK, ipRestrictions: ipRestrictions ?? null }
    expectCall('POST', ROOT, { status: 200, body: fixture('postgresql-create') }, body)
    const handle = { ...chosen, ...NETWORK }
    await postgresql?.create({ ...order, plan }, handle, httpCall())
  })

  it('gets in at an address of a private network, whatever else has to be public', async () => {
    expectTime()
    ready(NETWORK)
    expectCall('GET', `${AT}/certificates`, { status: 200, body: fixture('postgresql-certificates') })
    const access = await driver()?.access?.({ ...made, ...NETWORK }, httpCall())
    expect(access).to.deep.include({ network: 'private' })
  })

  it('orders nothing in a region without a private network where the plan wants one', async () => {
    const plan = { ...order.plan, privateNetwork: true }
    const told = await failureOf(driver()?.create({ ...order, plan }, undefined, httpCall()))
    expect(told.kind).to.equal('invalid')
    expect(told.message).to.contain('privateNetworks').and.contain('"GRA"')
  })

  it('asks the time again when its signature is late', async () => {
    expectTime(TIMESTAMP - 500)
    mock.expect(
      { method: 'GET', path: ROOT, sends: sends('GET', ROOT, '', TIMESTAMP - 500) },
      { status: 400, body: fixture('error-invalid-timestamp') }
    )
    expectTime()
    expectCall('GET', ROOT, { status: 200, body: [] })
    await open().ping(httpCall())
  })

  it('gets in at the endpoint of its component, whatever stands first', async () => {
    expectTime()
    ready()
    expectCall('GET', `${AT}/certificates`, { status: 200, body: fixture('postgresql-certificates') })
    expect(await driver()?.access?.({ ...made, connectionLimit: 20 }, httpCall())).to.deep.equal({
      kind: 'postgresql',
      host: 'postgresql-a1b2c3d4-o1234abcd.database.cloud.ovh.net',
      port: 20184,
      database: order.name,
      maintenanceDatabase: 'defaultdb',
      user: 'avnadmin',
      password: 'AVNS_made-up',
      tls: { ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
      network: 'public',
      connectionLimit: 20
    })
  })

  it('lifts the protection before it deletes', async () => {
    expectTime()
    ready({ deletionProtection: true })
    const answer = { status: 200, body: fixture('postgresql-get-ready') }
    expectCall('PUT', AT, answer, { deletionProtection: false })
    expect((await driver()?.destroy(made, httpCall()))?.state).to.equal('pending')
  })

  it('does not take a bad address for a service that is gone', async () => {
    for (const name of ['error-unknown-url', 'error-no-matching-availability']) {
      expectTime()
      expectCall('GET', AT, { status: 404, body: fixture(name) })
      expect((await failureOf(driver()?.destroy(made, httpCall()))).kind, name).to.equal('invalid')
    }
    expectTime()
    expectCall('GET', AT, { status: 404, body: fixture('error-service-not-found') })
    expectCall('GET', ROOT, { status: 200, body: [] })
    expect(await driver()?.destroy(made, httpCall())).to.deep.equal({ state: 'gone' })
  })

  it('obeys the pause of a 429, and notes the number of the request', async () => {
    const notes: Noted[] = []
    expectTime()
    expectCall('GET', AT, {
      status: 429,
      body: { message: 'Too many requests' },
      headers: { 'retry-after': '42', 'x-ovh-queryid': 'EU.ext-1.abc' }
    })
    const told = await failureOf(
      driver()?.observe(made, httpCall({ note: (text, facts) => void notes.push({ text, facts }) }))
    )
    expect(told).to.include({ kind: 'throttled', retryAfterSeconds: 42, mayHaveHappened: false })
    expect(notes.map(({ facts }) => facts)).to.deep.equal([
      { status: 429, class: null, queryId: 'EU.ext-1.abc' }
    ])
  })

  it('knows that a create which ended with 500 may have worked', async () => {
    expectTime()
    expectCall('GET', ROOT, { status: 200, body: [] })
    const answer = { status: 500, body: fixture('error-internal') }
    expectCall('POST', ROOT, answer, fixture('postgresql-create-request'))
    const told = await failureOf(driver()?.create(order, chosen, httpCall()))
    expect(told).to.include({ kind: 'unavailable', mayHaveHappened: true })
  })

  it('knows an answer that is not about OVHcloud', async () => {
    expectTime()
    expectCall('GET', AT, { status: 200, body: '<html>captive portal</html>' })
    expect((await failureOf(driver()?.observe(made, httpCall()))).kind).to.equal('unexpected')
  })

  it('refuses to close everybody out', async () => {
    const nobody = { ...order, allowFrom: [] }
    expect((await failureOf(driver()?.create(nobody, undefined, httpCall()))).kind).to.equal('invalid')
  })
})
