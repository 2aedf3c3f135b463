import { expect } from 'chai'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Driver, Handle } from '../../src/contract/adapter.ts'
import { freshName } from '../../test/conformance/fresh.ts'
import { until } from '../../test/support/core.ts'
import { ended } from '../../test/support/failures.ts'
import { postgresServer, type TestServer, withClient } from '../../test/support/postgres-server.ts'
import { driverOf, newTenant, postgresqlCall, settingsOf } from '../../test/support/postgres-tenant.ts'
import { created, orderFor } from '../../test/support/tenant.ts'
import { adapter } from './index.ts'

const call = postgresqlCall()

describe('the driver postgresql of postgresql-server', function () {
  this.timeout(30_000)
  let server: TestServer
  let driver: Driver

  before(async () => {
    server = await postgresServer()
    driver = driverOf(settingsOf(server))
  })

  const asSuperuser = (sql: string) =>
    withClient(server.superuser, async (client) => (await client.query(sql)).rows)
  const traces = (name: string) =>
    asSuperuser(`SELECT datname FROM pg_database WHERE datname = '${name}'
      UNION ALL SELECT rolname FROM pg_roles WHERE rolname = '${name}'`)

  it('chooses a server before it has any effect', async () => {
    const order = orderFor(freshName('p'))
    const sighting = await driver.create(order, undefined, call)
    expect(sighting.state).to.equal('pending')
    expect(await traces(order.name)).to.deep.equal([])
    expect(await driver.destroy((sighting as { handle: Handle }).handle, call)).to.deep.equal({
      state: 'gone'
    })
  })

  it('makes the mark before the database', async () => {
    const order = orderFor(freshName('p'))
    const chosen = await driver.create(order, undefined, call)
    if (chosen.state !== 'pending') throw new Error(chosen.state)
    const marked = await driver.create(order, chosen.handle, call)
    expect(marked.state).to.equal('pending')
    expect(await traces(order.name)).to.have.length(1)
    expect((await driver.observe(chosen.handle, call)).state).to.equal('pending')
    await driver.destroy(chosen.handle, call)
    expect(await traces(order.name)).to.deep.equal([])
  })

  it('makes a closed database with its limit, once, and removes it', async () => {
    const order = orderFor(freshName('p'), { connections: 7, bindingConnections: 3 })
    const handle = await created(driver, order, call)
    expect(await created(driver, order, call)).to.deep.equal(handle)
    const [row] = await asSuperuser(
      `SELECT datallowconn, datconnlimit, datdba::regrole::text AS owner FROM pg_database WHERE datname = '${order.name}'`
    )
    expect(row).to.deep.equal({ datallowconn: false, datconnlimit: 7, owner: server.managedRoot.user })
    const access = (await driver.access?.(handle, call)) as PostgresqlAccess
    expect(access).to.deep.include({
      database: order.name,
      connectionLimit: 3,
      maintenanceDatabase: 'postgres'
    })
    expect((await driver.observe(handle, call)).state).to.equal('ready')
    expect(await driver.destroy(handle, call)).to.deep.equal({ state: 'gone' })
    expect(await driver.destroy(handle, call)).to.deep.equal({ state: 'gone' })
    expect(await driver.observe(handle, call)).to.deep.equal({ state: 'gone' })
    expect(await traces(order.name)).to.deep.equal([])
  })

  it('says broken when somebody dropped the database', async () => {
    const order = orderFor(freshName('p'))
    const handle = await created(driver, order, call)
    await asSuperuser(`DROP DATABASE "${order.name}"`)
    expect((await driver.observe(handle, call)).state).to.equal('broken')
    await driver.destroy(handle, call)
    expect(await traces(order.name)).to.deep.equal([])
  })

  it('takes over nothing that has the name and not the mark, and leaves it there', async () => {
    for (const planted of ['role', 'database', 'another mark', 'database of another'] as const) {
      const order = orderFor(freshName('p'))
      const name = `"${order.name}"`
      const chosen = await driver.create(order, undefined, call)
      if (chosen.state !== 'pending') throw new Error(chosen.state)
      if (planted === 'database') await asSuperuser(`CREATE DATABASE ${name}`)
      if (planted !== 'database') await asSuperuser(`CREATE ROLE ${name}`)
      if (planted === 'another mark') {
        const other = `portolan {"broker":"other","resource":"r","generation":1}`
        await asSuperuser(`COMMENT ON ROLE ${name} IS '${other}'`)
      }
      if (planted === 'database of another') await asSuperuser(`CREATE DATABASE ${name} OWNER ${name}`)
      const before = await traces(order.name)
      expect(await ended(driver.create(order, chosen.handle, call)), planted).to.equal('conflict')
      expect(await ended(driver.observe(chosen.handle, call)), planted).to.equal('conflict')
      expect(await ended(driver.destroy(chosen.handle, call)), planted).to.equal('conflict')
      expect(await traces(order.name), planted).to.deep.equal(before)
      await asSuperuser(`DROP DATABASE IF EXISTS ${name}`)
      await asSuperuser(`DROP ROLE IF EXISTS ${name}`)
    }
  })

  it('leaves a foreign database alone that took the name between two steps', async () => {
    const order = orderFor(freshName('p'))
    const chosen = await driver.create(order, undefined, call)
    if (chosen.state !== 'pending') throw new Error(chosen.state)
    const marked = await driver.create(order, chosen.handle, call)
    if (marked.state !== 'pending') throw new Error(marked.state)
    await asSuperuser(`CREATE DATABASE "${order.name}"`)
    expect(await ended(driver.create(order, marked.handle, call))).to.equal('conflict')
    expect(await driver.destroy(marked.handle, call)).to.deep.equal({ state: 'gone' })
    expect(await traces(order.name)).to.deep.equal([{ datname: order.name }])
    await asSuperuser(`DROP DATABASE "${order.name}"`)
  })

  it('changes the limit', async () => {
    const order = orderFor(freshName('p'))
    const handle = await created(driver, order, call)
    const sighting = await driver.update?.(handle, { ...order, plan: { connections: 9 } }, call)
    expect(sighting?.state).to.equal('ready')
    const [row] = await asSuperuser(`SELECT datconnlimit FROM pg_database WHERE datname = '${order.name}'`)
    expect(row).to.deep.equal({ datconnlimit: 9 })
    await driver.destroy(handle, call)
  })

  it('lists what carries the broker’s mark, and nothing of another broker', async () => {
    const mine = await created(driver, orderFor(freshName('p')), call)
    const order = orderFor(freshName('p'))
    const theirs = await created(driver, { ...order, mark: { ...order.mark, broker: 'another' } }, call)
    const listed: Handle[] = []
    for await (const { handle } of driver.list?.('test-broker', call) ?? []) listed.push(handle)
    expect(listed.map((each) => each['name']))
      .to.include(mine['name'])
      .and.not.to.include(theirs['name'])
    for (const handle of listed.filter((each) => each['name'] === mine['name']))
      await driver.destroy(handle, call)
    expect(await traces(String(mine['name']))).to.deep.equal([])
    await driver.destroy(theirs, call)
  })

  it('promises no more connections than the server has, also to creates at the same moment', async () => {
    const [row] = await asSuperuser(
      'SELECT coalesce(sum(datconnlimit), 0)::int4 AS sum FROM pg_database WHERE datconnlimit > 0'
    )
    const full = driverOf(settingsOf(server, { maxConnections: Number(row.sum) + 10 }))
    const orders = Array.from({ length: 4 }, () => orderFor(freshName('p'), { connections: 4 }))
    const results = await Promise.allSettled(orders.map((order) => created(full, order, call)))
    const handles = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const reasons = results.flatMap((each) => (each.status === 'rejected' ? [each.reason.kind] : []))
    expect(handles).to.have.length(2)
    expect(reasons).to.deep.equal(['quota', 'quota'])
    const [first] = handles
    if (first === undefined) throw new Error('no handle')
    const more = { ...orderFor(String(first['name']), { connections: 40 }) }
    expect(await ended(full.update?.(first, more, call) ?? Promise.resolve())).to.equal('quota')
    for (const handle of handles) await full.destroy(handle, call)
  })

  it('chooses the least loaded server of the region, and does without one that is away', async () => {
    const [one] = settingsOf(server)['servers'] as readonly object[]
    const servers = [
      { ...one, name: 'away', port: 1 },
      { ...one, name: 'loaded', maxConnections: 30 },
      { ...one, name: 'free', maxConnections: 400 },
      { ...one, name: 'elsewhere', region: 'there' }
    ]
    const many = driverOf({ servers })
    const taken = await created(many, orderFor(freshName('p'), { connections: 12 }), call)
    expect(taken['server']).to.equal('free')
    const next = await many.create(orderFor(freshName('p')), undefined, call)
    expect((next as { handle: Handle }).handle['server']).to.equal('free')
    expect(
      await ended(many.create({ ...orderFor(freshName('p')), region: 'nowhere' }, undefined, call))
    ).to.equal('invalid')
    const away = driverOf({ servers: servers.slice(0, 1) })
    expect(await ended(away.create(orderFor(freshName('p')), undefined, call))).to.equal('unavailable')
    await many.destroy(taken, call)
  })

  it('destroys a database with sessions, and one that was prepared but not released', async () => {
    const tenant = await newTenant(server)
    const login = await tenant.bind()
    await withClient({ ...tenant.access, user: login.name, password: login.password }, async (client) => {
      await client.query('CREATE TABLE t AS SELECT 1')
      expect(await driver.destroy(tenant.handle, call)).to.deep.equal({ state: 'gone' })
      expect(await client.query('SELECT 1').catch(() => 'cut off')).to.equal('cut off')
    })
    expect(await traces(tenant.name)).to.deep.equal([])
    await asSuperuser(`DROP ROLE "${login.name}", "${tenant.name}_ro"`)
  })

  const isWaiting = (event: string, statement: string) => async () => {
    const rows = await asSuperuser(
      `SELECT FROM pg_stat_activity
       WHERE wait_event_type = 'Lock' AND wait_event = '${event}' AND query LIKE '${statement}%'`
    )
    return rows.length > 0
  }

  it('waits for a statement of a broker that vanished before it says gone', async () => {
    const order = orderFor(freshName('p'))
    const chosen = await driver.create(order, undefined, call)
    if (chosen.state !== 'pending') throw new Error(chosen.state)
    const marked = await driver.create(order, chosen.handle, call)
    if (marked.state !== 'pending') throw new Error(marked.state)
    const controller = new AbortController()
    await withClient(server.superuser, async (client) => {
      // No database can be made for as long as this lasts.
      await client.query('BEGIN; LOCK TABLE pg_database IN SHARE MODE')
      const cut = ended(driver.create(order, marked.handle, postgresqlCall(controller.signal)))
      await until(isWaiting('relation', `CREATE DATABASE "${order.name}"`))
      controller.abort()
      expect(await cut).not.to.equal('done')
      const gone = ended(driver.destroy(marked.handle, call))
      await until(isWaiting('advisory', 'SELECT pg_advisory_lock'))
      await client.query('COMMIT')
      expect(await gone).to.equal('done')
    })
    expect(await traces(order.name)).to.deep.equal([])
  })

  it('answers a ping, and names the server that does not', async () => {
    await adapter.open(settingsOf(server)).ping(call)
    const failure = await adapter
      .open(settingsOf(server, { password: 'wrong' }))
      .ping(call)
      .catch((error: Error) => error.message)
    expect(failure).to.match(/^server main: .*28P01/)
  })
})
