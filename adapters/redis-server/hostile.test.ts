import { expect } from 'chai'
import type { RedisAccess } from '../../src/contract/access.ts'
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

describe('a hostile tenant of a shared Redis server', function () {
  this.timeout(30_000)

  it('leaves nothing behind, neither under a key that is no text nor in a numbered database', async () => {
    const server = await redisServer('shared')
    const driver = redisDriverOf({ servers: [serverSettings(server, { shared: true })] })
    const { name, mark, ...rest } = orderFor(freshName('p'), { shared: true })
    const handle = await created(driver, { ...rest, name, mark }, call)
    const access = (await driver.access?.(handle, call)) as RedisAccess
    const login = await boundRedis(access)
    const noText = `${name}:\udcff\udcfe`
    expect(await asRedis(access, login, ['SET', noText, 'v'])).to.equal('OK')
    expect(await server.ask('KEYS', `${name}:*`)).to.deep.equal([noText])
    expect(await asRedis(access, login, ['COPY', noText, noText, 'DB', '5'])).to.equal('NOPERM')
    await family.release?.(access, { resource: name, mark }, call)
    await driver.destroy(handle, call)
    expect(await server.ask('INFO', 'keyspace')).not.to.match(/^db\d/m)
  })
})
