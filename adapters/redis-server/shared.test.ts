import { expect } from 'chai'
import type { RedisAccess } from '../../src/contract/access.ts'
import type { Handle } from '../../src/contract/adapter.ts'
import { family } from '../../src/families/redis/index.ts'
import { freshName } from '../../test/conformance/fresh.ts'
import { redisServer } from '../../test/support/redis-server.ts'
import {
  asRedis,
  boundRedis,
  redisCall,
  redisDriverOf,
  serverSettings
} from '../../test/support/redis-tenant.ts'
import { created, orderFor } from '../../test/support/tenant.ts'

const call = redisCall()

describe('the driver redis of redis-server, shared', function () {
  this.timeout(30_000)

  it('puts instances beside each other, and one goes without the other', async () => {
    const server = await redisServer('shared')
    const driver = redisDriverOf({ servers: [serverSettings(server, { shared: true })] })
    const orders = [0, 1].map(() => orderFor(freshName('p'), { shared: true }))
    const handles = await Promise.all(orders.map((each) => created(driver, each, call)))
    const accesses: RedisAccess[] = []
    for (const each of handles) accesses.push((await driver.access?.(each, call)) as RedisAccess)
    const logins = await Promise.all(accesses.map((each) => boundRedis(each)))
    expect(accesses.map((each) => each.prefix)).to.deep.equal(orders.map((each) => each.name))
    for (const [index, access] of accesses.entries()) {
      const login = logins[index] ?? { name: '', password: '' }
      expect(await asRedis(access, login, ['SET', `${access.prefix}:k`, 'v'])).to.equal('OK')
    }
    const [first, second] = handles as [Handle, Handle]
    const [gone, stays] = accesses as [RedisAccess, RedisAccess]
    const mark = (orders[0] ?? orderFor('')).mark
    await family.release?.(gone, { resource: String(gone.prefix), mark }, call)
    await driver.destroy(first, call)
    expect((await driver.observe(first, call)).state).to.equal('gone')
    expect((await driver.observe(second, call)).state).to.equal('ready')
    const [, login = { name: '', password: '' }] = logins
    expect(await asRedis(stays, login, ['GET', `${stays.prefix}:k`])).to.equal('v')
    await family.release?.(stays, { resource: String(stays.prefix), mark }, call)
    await driver.destroy(second, call)
    expect(await server.ask('KEYS', `${stays.prefix}*`)).to.deep.equal([])
  })
})
