import { expect } from 'chai'
import type { MysqlAccess } from '../../src/contract/access.ts'
import type { Driver, Handle } from '../../src/contract/adapter.ts'
import { freshName } from '../../test/conformance/fresh.ts'
import { listed } from '../../test/support/adopt-anew.ts'
import { ended } from '../../test/support/failures.ts'
import { asMysql, type MysqlTestServer, mysqlServer, withMysql } from '../../test/support/mysql-server.ts'
import {
  asMysqlLogin,
  driverOf,
  mysqlCall,
  newMysqlTenant,
  settingsOf
} from '../../test/support/mysql-tenant.ts'
import { created, orderFor } from '../../test/support/tenant.ts'
import { adapter } from './index.ts'

const call = mysqlCall()

describe('the driver mysql of mysql-server', function () {
  this.timeout(60_000)
  let server: MysqlTestServer
  let driver: Driver

  before(async () => {
    server = await mysqlServer()
    driver = driverOf(settingsOf(server))
    // The table is there from the first create on.
    await driver.destroy(await created(driver, orderFor(freshName('p')), call), call)
  })

  const asSuperuser = (sql: string) => asMysql(server.superuser, sql)
  const traces = async (name: string) => {
    const rows = await asSuperuser(
      `SELECT 'database' AS what FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '${name}'
       UNION ALL SELECT 'mark' FROM portolan.resources WHERE name = '${name}'
       UNION ALL SELECT 'right' FROM mysql.db WHERE Db = '${name}'`
    )
    return rows.map((row) => row['what'])
  }

  it('chooses a server before it has any effect', async () => {
    const order = orderFor(freshName('p'))
    const sighting = await driver.create(order, undefined, call)
    expect(sighting.state).to.equal('pending')
    expect(await traces(order.name)).to.deep.equal([])
    expect(await driver.destroy((sighting as { handle: Handle }).handle, call)).to.deep.equal({
      state: 'gone'
    })
  })

  it('writes the mark before the database is there, and tells whose it is from every step', async () => {
    const order = orderFor(freshName('p'))
    const chosen = await driver.create(order, undefined, call)
    if (chosen.state !== 'pending') throw new Error(chosen.state)
    expect((await driver.create(order, chosen.handle, call)).state).to.equal('pending')
    expect(await traces(order.name)).to.deep.equal(['mark'])
    expect((await driver.observe(chosen.handle, call)).state).to.equal('pending')
    await driver.destroy(chosen.handle, call)
    expect(await traces(order.name)).to.deep.equal([])
  })

  it('makes a database once, and removes it', async () => {
    const order = orderFor(freshName('p'), { connections: 7, bindingConnections: 3 })
    const handle = await created(driver, order, call)
    expect(await created(driver, order, call)).to.deep.equal(handle)
    const access = (await driver.access?.(handle, call)) as MysqlAccess
    expect(access).to.deep.include({ database: order.name, connectionLimit: 3 })
    expect((await driver.observe(handle, call)).state).to.equal('ready')
    for (let time = 0; time < 2; time += 1) {
      expect(await driver.destroy(handle, call)).to.deep.equal({ state: 'gone' })
    }
    expect(await driver.observe(handle, call)).to.deep.equal({ state: 'gone' })
    expect(await traces(order.name)).to.deep.equal([])
  })

  it('says broken when somebody dropped the database', async () => {
    const order = orderFor(freshName('p'))
    const handle = await created(driver, order, call)
    await asSuperuser(`DROP DATABASE \`${order.name}\``)
    expect((await driver.observe(handle, call)).state).to.equal('broken')
    await driver.destroy(handle, call)
    expect(await traces(order.name)).to.deep.equal([])
  })

  it('takes over nothing that has the name and not the mark, and leaves it there', async () => {
    for (const planted of ['database', 'another mark'] as const) {
      const order = orderFor(freshName('p'))
      const chosen = await driver.create(order, undefined, call)
      if (chosen.state !== 'pending') throw new Error(chosen.state)
      if (planted === 'database') await asSuperuser(`CREATE DATABASE \`${order.name}\``)
      else {
        const other = `portolan {"broker":"other","resource":"r","generation":1}`
        await asSuperuser(`INSERT INTO portolan.resources VALUES ('${order.name}', '${other}', 1)`)
      }
      const before = await traces(order.name)
      expect(await ended(driver.create(order, chosen.handle, call)), planted).to.equal('conflict')
      expect(await ended(driver.observe(chosen.handle, call)), planted).to.equal('conflict')
      expect(await ended(driver.destroy(chosen.handle, call)), planted).to.equal('conflict')
      expect(await traces(order.name)).to.deep.equal(before)
      await asSuperuser(
        `DROP DATABASE IF EXISTS \`${order.name}\`; DELETE FROM portolan.resources WHERE name = '${order.name}'`
      )
    }
  })

  it('promises no more connections than the server has, also to creates at the same moment', async () => {
    const [row] = await asSuperuser('SELECT COALESCE(SUM(connections), 0) AS sum FROM portolan.resources')
    const full = driverOf(settingsOf(server, { maxConnections: Number(row?.['sum']) + 10 }))
    const orders = Array.from({ length: 4 }, () => orderFor(freshName('p'), { connections: 4 }))
    const results = await Promise.allSettled(orders.map((order) => created(full, order, call)))
    const handles = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const reasons = results.flatMap((each) => (each.status === 'rejected' ? [each.reason.kind] : []))
    expect(handles).to.have.length(2)
    expect(reasons).to.deep.equal(['quota', 'quota'])
    const [first] = handles
    if (first === undefined) throw new Error('no handle')
    const more = orderFor(String(first['name']), { connections: 40 })
    expect(await ended(full.update?.(first, more, call) ?? Promise.resolve())).to.equal('quota')
    for (const handle of handles) await full.destroy(handle, call)
  })

  it('gives the bindings that are there the limit of a new plan, and nothing else', async () => {
    const tenant = await newMysqlTenant(server, { connections: 5 }, { tls: { ca: server.certificate } })
    const login = await tenant.bind()
    await driver.update?.(
      tenant.handle,
      orderFor(tenant.name, { connections: 9, bindingConnections: 2 }),
      call
    )
    const [row] = await asSuperuser(
      `SELECT max_user_connections AS most, ssl_type AS tls FROM mysql.user WHERE User = '${login.name}'`
    )
    expect(row).to.deep.equal({ most: 2, tls: 'ANY' })
    expect(await asMysqlLogin(tenant.access, login, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
    await tenant.remove()
  })

  it('takes over what carries its mark with the limits of the plan, and nothing else', async () => {
    const order = orderFor(freshName('p'), { connections: 2, bindingConnections: 1 })
    await created(driver, order, call)
    const wanted = { ...order, plan: { connections: 5, bindingConnections: 3 } }
    const adopting = (handle?: Handle) => driver.adopt?.(wanted, handle, call) ?? Promise.resolve(undefined)
    expect(await ended(adopting())).to.equal('invalid')
    const handle = await listed(driver, order, call)
    const sighting = await adopting(handle)
    if (sighting?.state !== 'ready') throw new Error(sighting?.state)
    expect(sighting.handle['size']).to.deep.equal(wanted.plan)
    expect(await driver.access?.(sighting.handle, call)).to.include({ connectionLimit: 3 })
    expect((await listed(driver, order, call))['size']).to.deep.equal({ connections: 5 })
    await asSuperuser(`DROP DATABASE \`${order.name}\``)
    expect(await ended(adopting(await listed(driver, order, call))), 'half made').to.equal('invalid')
    await driver.destroy(handle, call)
    expect(await adopting(handle)).to.deep.equal({ state: 'gone' })
  })

  it('destroys a database with sessions, and one that was prepared but not released', async () => {
    const tenant = await newMysqlTenant(server)
    const login = await tenant.bind()
    const who = { ...tenant.access, user: login.name, password: login.password, tls: undefined }
    await withMysql(who, async (client) => {
      await client.query('CREATE TABLE t AS SELECT 1 AS v; START TRANSACTION; INSERT INTO t VALUES (2)')
      expect(await driver.destroy(tenant.handle, call)).to.deep.equal({ state: 'gone' })
      expect(await client.query('SELECT 1').catch(() => 'cut off')).to.equal('cut off')
    })
    expect(await traces(tenant.name)).to.deep.equal([])
    expect(await asSuperuser(`SELECT 1 FROM mysql.user WHERE User = '${login.name}'`)).to.deep.equal([])
  })

  it('answers a ping, and names the server that does not', async () => {
    await adapter.open(settingsOf(server)).ping(call)
    const failure = await adapter
      .open(settingsOf(server, { password: 'wrong' }))
      .ping(call)
      .catch((error: Error) => error.message)
    expect(failure).to.match(/^server main: .*1045/)
  })
})
