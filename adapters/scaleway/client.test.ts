import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { failureOf } from '../../test/support/failures.ts'
import { httpCall } from '../../test/support/http-call.ts'
import { everyPage } from './client.ts'
import { AT, chosen, fixture, ID, made, order, ROOT, useWire } from './fake/wire.ts'

describe('scaleway, to the byte', () => {
  const { drivers, listed, mock, nothingThere, ready, sends } = useWire()
  const { postgresql: driver, mysql } = drivers
  if (!driver) throw new Error('no driver')

  it('chooses without a request', async () => {
    const sighting = await driver.create(order, undefined, httpCall())
    expect(sighting).to.deep.equal({ state: 'pending', handle: chosen, lookAgainInSeconds: 0 })
  })

  it('asks for an instance', async () => {
    nothingThere()
    mock.expect(
      {
        method: 'POST',
        path: `${ROOT}/instances`,
        body: fixture('postgresql-create-request'),
        sends: { ...sends, 'content-type': 'application/json' }
      },
      { status: 200, body: fixture('postgresql-create') }
    )
    const sighting = await driver.create(order, chosen, httpCall())
    expect(sighting).to.deep.include({ state: 'pending', handle: { ...chosen, id: ID } })
  })

  it('asks for one with MySQL by the same call', async () => {
    nothingThere()
    mock.expect(
      {
        method: 'POST',
        path: `${ROOT}/instances`,
        body: fixture('mysql-create-request'),
        sends: { ...sends, 'content-type': 'application/json' }
      },
      { status: 200, body: { ...(fixture('postgresql-create') as JsonObject), engine: 'MySQL-8' } }
    )
    const wanted = { ...order, plan: { ...order.plan, engine: 'MySQL-8' } }
    const sighting = await mysql?.create(wanted, chosen, httpCall())
    expect(sighting).to.deep.include({ state: 'pending', handle: { ...chosen, id: ID } })
  })

  it('gets into MySQL without a maintenance database', async () => {
    ready({ engine: 'MySQL-8' })
    mock.expect(
      { method: 'GET', path: `${AT}/certificate`, sends },
      { status: 200, body: fixture('postgresql-certificate') }
    )
    const access = await mysql?.access?.(made, httpCall())
    expect(access).to.include({ kind: 'mysql', port: 9758, user: `portolan_${order.name}` })
    expect(access).not.to.have.property('maintenanceDatabase')
  })

  it('replaces the rules of an instance that is open to everybody before it makes a database', async () => {
    ready()
    mock.expect(
      { method: 'GET', path: `${AT}/acls`, query: { page: '1', page_size: '100' }, sends },
      { status: 200, body: fixture('postgresql-acls-open') }
    )
    mock.expect(
      { method: 'PUT', path: `${AT}/acls`, body: fixture('postgresql-acls-request'), sends },
      { status: 200, body: fixture('postgresql-acls-request') }
    )
    const sighting = await driver.create(order, { ...chosen, id: ID }, httpCall())
    expect(sighting).to.deep.include({ state: 'pending' })
  })

  it('gets in by the name that the certificate carries, and the port that Scaleway chose', async () => {
    ready()
    mock.expect(
      { method: 'GET', path: `${AT}/certificate`, sends },
      { status: 200, body: fixture('postgresql-certificate') }
    )
    expect(await driver.access?.({ ...made, connectionLimit: 20 }, httpCall())).to.deep.equal({
      kind: 'postgresql',
      host: `rw-${ID}.rdb.fr-par.scw.cloud`,
      port: 9758,
      database: order.name,
      maintenanceDatabase: 'rdb',
      user: `portolan_${order.name}`,
      password: chosen.password,
      tls: { ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
      network: 'public',
      connectionLimit: 20
    })
  })

  it('obeys the pause of a 429', async () => {
    mock.expect(listed({ tags: 'portolan-resource=resource-1' }), {
      status: 429,
      body: fixture('error-too-many-requests'),
      headers: { 'retry-after': '7' }
    })
    const told = await failureOf(driver.create(order, chosen, httpCall()))
    expect(told).to.include({ kind: 'throttled', retryAfterSeconds: 42, mayHaveHappened: false })
  })

  it('knows an answer that is not about Scaleway', async () => {
    mock.expect({ method: 'GET', path: AT, sends }, { status: 200, body: '<html>captive portal</html>' })
    expect((await failureOf(driver.observe(made, httpCall()))).kind).to.equal('unexpected')
  })

  it('tells no secret when the password is refused', async () => {
    nothingThere()
    mock.expect(
      { method: 'POST', path: `${ROOT}/instances`, body: fixture('postgresql-create-request') },
      { status: 400, body: fixture('error-invalid-arguments') }
    )
    const told = await failureOf(driver.create(order, chosen, httpCall()))
    expect(told.kind).to.equal('invalid')
    expect(told.message).to.contain('node_type').and.contain('password').and.not.contain('secret-of-admin')
  })

  it('refuses to be left open, or to close everybody out', async () => {
    const nobody = await failureOf(driver.create({ ...order, allowFrom: [] }, undefined, httpCall()))
    expect(nobody.kind).to.equal('invalid')
    const many = Array.from({ length: 51 }, (_, i) => `10.0.${i}.0/24`)
    expect(
      (await failureOf(driver.create({ ...order, allowFrom: many }, undefined, httpCall()))).kind
    ).to.equal('invalid')
  })
})

describe('scaleway, a list of several pages', () => {
  const read = async (totals: readonly number[]) => {
    const items: number[] = []
    for await (const item of everyPage(async (page) => ({ items: [page], total: totals[page - 1] ?? 0 })))
      items.push(item)
    return items
  }

  it('is read to its end, also when it grows meanwhile', async () => {
    expect(await read([2, 3, 3])).to.deep.equal([1, 2, 3])
  })

  it('is looked at again when something was deleted between two pages: what moved was seen on none', async () => {
    expect((await failureOf(read([3, 2, 2]))).kind).to.equal('unavailable')
  })
})
