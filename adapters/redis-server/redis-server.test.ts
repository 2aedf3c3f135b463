import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { RedisAccess } from '../../src/contract/access.ts'
import type { Driver, Handle } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { freshName } from '../../test/conformance/fresh.ts'
import { listed } from '../../test/support/adopt-anew.ts'
import { until } from '../../test/support/core.ts'
import { ended } from '../../test/support/failures.ts'
import { redisServer, type TestRedis } from '../../test/support/redis-server.ts'
import {
  asRedis,
  boundRedis,
  redisCall,
  redisDriverOf,
  serverSettings
} from '../../test/support/redis-tenant.ts'
import { created, orderFor } from '../../test/support/tenant.ts'
import { adapter } from './index.ts'

const call = redisCall()

describe('the driver redis of redis-server, a server of its own', function () {
  this.timeout(30_000)
  let one: TestRedis
  let two: TestRedis
  let driver: Driver

  before(async () => {
    one = await redisServer('one')
    two = await redisServer('two')
    driver = redisDriverOf({
      servers: [serverSettings(one, { name: 'one' }), serverSettings(two, { name: 'two' })]
    })
  })

  const order = (plan: JsonObject = {}) => orderFor(freshName('p'), plan)
  const accessOf = async (handle: Handle) => (await driver.access?.(handle, call)) as RedisAccess
  const serverOf = (handle: Handle) => (handle['server'] === 'one' ? one : two)
  const holders = async (server: TestRedis) =>
    ((await server.ask('ACL', 'LIST')) as readonly string[]).filter((line) =>
      line.includes('portolan-holder')
    )

  it('offers the user default only where an instance has a server to itself', () => {
    expect(driver.bindChoices?.({})).to.deep.equal({})
    expect(driver.bindChoices?.({ shared: true })).to.deep.equal({ user: ['own'] })
  })

  it('gives each instance another server, and tells when none is free', async () => {
    const first = await created(driver, order({ memoryMb: 20 }), call)
    const second = await created(driver, order({}), call)
    expect([first['server'], second['server']]).to.have.members(['one', 'two'])
    expect(await serverOf(first).ask('CONFIG', 'GET', 'maxmemory')).to.deep.equal(['maxmemory', '20971520'])
    expect(await ended(driver.create(order(), undefined, call))).to.equal('quota')
    await driver.destroy(first, call)
    const third = await created(driver, order(), call)
    expect(third['server']).to.equal(first['server'])
    for (const handle of [second, third]) {
      expect(await driver.destroy(handle, call)).to.deep.equal({ state: 'gone' })
    }
  })

  it('names the name that two servers have', () => {
    const settings = { servers: [serverSettings(one), serverSettings(two), serverSettings(one)] }
    expect(() => redisDriverOf(settings))
      .to.throw(ProviderFailure, 'servers: two of them are called')
      .with.property('kind', 'invalid')
  })

  it('gives one server to one of many that want it at the same moment', async () => {
    const alone = redisDriverOf({ servers: [serverSettings(one)] })
    const many = Array.from({ length: 6 }, () => order())
    const chosen = await Promise.all(many.map((each) => alone.create(each, undefined, call)))
    const results = await Promise.allSettled(
      chosen.map(async (sighting, index) => {
        const wanted = many[index]
        if (sighting.state !== 'pending' || wanted === undefined) throw new Error(sighting.state)
        const marked = await alone.create(wanted, sighting.handle, call)
        return marked.state === 'pending' ? alone.create(wanted, marked.handle, call) : marked
      })
    )
    const ready = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const reasons = results.flatMap((each) => (each.status === 'rejected' ? [each.reason.kind] : []))
    expect(ready.map((each) => each.state)).to.deep.equal(['ready'])
    expect(reasons).to.deep.equal(['quota', 'quota', 'quota', 'quota', 'quota'])
    // Those that came too late take nothing away, and leave nothing when the holder goes.
    for (const sighting of chosen) {
      if (sighting.state === 'pending') await alone.destroy(sighting.handle, call)
    }
    expect(await holders(one)).to.deep.equal([])
  })

  it('keeps the mark through whatever its tenant does, and through a restart', async () => {
    const handle = await created(driver, order(), call)
    const access = await accessOf(handle)
    const login = await boundRedis(access)
    for (const [words, answer] of [
      [['FLUSHALL'], 'OK'],
      [['ACL', 'DELUSER', 'portolan-holder'], 'NOPERM'],
      [['ACL', 'LOAD'], 'NOPERM']
    ] as const) {
      expect(await asRedis(access, login, words), words.join(' ')).to.equal(answer)
    }
    await serverOf(handle).restart()
    expect((await driver.observe(handle, call)).state).to.equal('ready')
    expect(await asRedis(access, login, ['PING'])).to.equal('PONG')
    await driver.destroy(handle, call)
    await serverOf(handle).restart()
    expect((await driver.observe(handle, call)).state).to.equal('gone')
    expect(await asRedis(access, login, ['PING'])).to.equal('WRONGPASS')
  })

  it('leaves nothing to the next tenant: no user, no data, no function, no script, no password of default', async () => {
    const handle = await created(driver, order(), call)
    const access = await accessOf(handle)
    const login = await boundRedis(access)
    const byDefault = await boundRedis(access, { user: 'default' })
    const library = "#!lua name=mine\nredis.register_function('f', function() return 1 end)"
    const sha = await asRedis(
      access,
      login,
      ['SELECT', '5'],
      ['SET', 'k', 'v'],
      ['FUNCTION', 'LOAD', library],
      ['SCRIPT', 'LOAD', 'return 1']
    )
    expect(sha).to.match(/^[0-9a-f]{40}$/)
    expect(await asRedis(access, { ...byDefault, name: 'default' }, ['PING'])).to.equal('PONG')
    await driver.destroy(handle, call)
    const server = serverOf(handle)
    expect(await server.ask('INFO', 'keyspace')).not.to.contain('db')
    expect(await server.ask('FUNCTION', 'LIST')).to.deep.equal([])
    expect(await server.ask('SCRIPT', 'EXISTS', String(sha))).to.deep.equal([0])
    expect(await server.ask('ACL', 'USERS')).to.have.members(['admin', 'default', 'portolan'])
    expect(await asRedis(access, { ...byDefault, name: 'default' }, ['PING'])).to.equal('WRONGPASS')
    expect(server.savedUsers().join()).to.contain('user default off')
  })

  it('leaves the next tenant alone where two brokers remove one instance, and one of them is slow', async () => {
    const alone = redisDriverOf({ servers: [serverSettings(one)] })
    for (const overtakenAt of ['ACL GETUSER default', 'INFO persistence']) {
      const handle = await created(alone, order(), call)
      let next: Handle | undefined
      const overtaken: typeof call = {
        ...call,
        redis: (access, use, options) =>
          call.redis(
            access,
            (session) =>
              use({
                async command(...words) {
                  const answer = await session.command(...words)
                  if (next === undefined && words.join(' ') === overtakenAt) {
                    await alone.destroy(handle, call)
                    next = await created(alone, order(), call)
                    await one.ask('SET', 'key', 'of the next')
                  }
                  return answer
                }
              }),
            options
          )
      }
      expect(await alone.destroy(handle, overtaken), overtakenAt).to.deep.equal({ state: 'gone' })
      if (next === undefined) throw new Error('nobody came next')
      expect(await one.ask('GET', 'key'), overtakenAt).to.equal('of the next')
      expect((await alone.observe(next, call)).state, overtakenAt).to.equal('ready')
      await alone.destroy(next, call)
    }
  })

  it('gives nobody a way into a server that has lost its mark, and that another instance may have by now', async () => {
    const alone = redisDriverOf({ servers: [serverSettings(one)] })
    const lost = await created(alone, order(), call)
    await one.ask('ACL', 'DELUSER', 'portolan-holder')
    expect(await ended(Promise.resolve(alone.access?.(lost, call)))).to.equal('not-found')
    const next = await created(alone, order(), call)
    expect(await ended(Promise.resolve(alone.access?.(lost, call)))).to.equal('not-found')
    expect(await ended(Promise.resolve(alone.access?.(next, call)))).to.equal('done')
    await alone.destroy(next, call)
  })

  it('leaves the user default of its operator as it is', async () => {
    await one.ask('ACL', 'SETUSER', 'default', 'reset', 'on', '>of-the-operator')
    const alone = redisDriverOf({ servers: [serverSettings(one)] })
    await alone.destroy(await created(alone, order(), call), call)
    expect(JSON.stringify(await one.ask('ACL', 'GETUSER', 'default'))).to.contain('"on"')
    await one.ask('ACL', 'SETUSER', 'default', 'reset')
  })

  it('writes an append-only file anew, so that it holds nothing of who went', async () => {
    const server = await redisServer('appending', ['--appendonly', 'yes'])
    const alone = redisDriverOf({ servers: [serverSettings(server)] })
    const handle = await created(alone, order(), call)
    const login = await boundRedis(server.owner)
    const kept = () =>
      server
        .dataFiles()
        .map((file) => readFileSync(file, 'latin1'))
        .join()
    await asRedis(server.owner, login, ['SET', 'k', 'a-secret-of-theirs'])
    expect(kept()).to.contain('a-secret-of-theirs')
    await alone.destroy(handle, call)
    await until(async () => !/aof_rewrite_(in_progress|scheduled):1/.test(String(await server.ask('INFO'))))
    expect(kept()).not.to.contain('a-secret-of-theirs')
  })

  it('gives nobody a server with data that nobody holds', async () => {
    await one.ask('SET', 'whose', 'x')
    const alone = redisDriverOf({ servers: [serverSettings(one)] })
    expect(await ended(alone.create(order(), undefined, call))).to.equal('quota')
    await one.ask('DEL', 'whose')
  })

  it('does without a server that is away, and says so when no other is free', async () => {
    const away = serverSettings(one, { name: 'away', port: 1 })
    const some = redisDriverOf({ servers: [away, serverSettings(two, { name: 'two' })] })
    const handle = await created(some, order(), call)
    expect(handle['server']).to.equal('two')
    expect(await ended(some.create(order(), undefined, call))).to.equal('unavailable')
    await some.destroy(handle, call)
    expect(await ended(some.create({ ...order(), region: 'nowhere' }, undefined, call))).to.equal('invalid')
    expect(await ended(some.create(order({ shared: true }), undefined, call))).to.equal('invalid')
  })

  it('takes no memory away that data needs, and changes nothing into a shared one', async () => {
    const wanted = order({ memoryMb: 40 })
    const handle = await created(driver, wanted, call)
    await serverOf(handle).ask('SET', 'k', 'x'.repeat(8 * 1024 * 1024))
    const less = driver.update?.(handle, { ...wanted, plan: { memoryMb: 4 } }, call)
    expect(await ended(less ?? Promise.resolve())).to.equal('invalid')
    const shared = driver.update?.(handle, { ...wanted, plan: { shared: true } }, call)
    expect(await ended(shared ?? Promise.resolve())).to.equal('invalid')
    await driver.destroy(handle, call)
  })

  it('takes over what carries its mark with the limit of the plan, and nothing as a shared one', async () => {
    const wanted = order({ memoryMb: 20 })
    const plan = { memoryMb: 30 }
    await created(driver, wanted, call)
    const adopting = (handle?: Handle) =>
      driver.adopt?.({ ...wanted, plan }, handle, call) ?? Promise.resolve(undefined)
    expect(await ended(adopting())).to.equal('invalid')
    const handle = await listed(driver, wanted, call)
    expect(await driver.differences?.(handle, plan, call)).to.deep.equal([])
    expect(await driver.differences?.(handle, { shared: true }, call)).to.deep.equal([
      'the server is its own, not shared'
    ])
    const sighting = await adopting(handle)
    if (sighting?.state !== 'ready') throw new Error(sighting?.state)
    expect(sighting.handle['size']).to.deep.equal({ shared: false, ...plan })
    expect(await serverOf(handle).ask('CONFIG', 'GET', 'maxmemory')).to.include('31457280')
    await driver.destroy(handle, call)
    expect(await adopting(handle)).to.deep.equal({ state: 'gone' })
  })

  it('answers a ping, and names the server that does not', async () => {
    await adapter.open({ servers: [serverSettings(one)] }).ping(call)
    const failure = await adapter
      .open({ servers: [serverSettings(one, { password: 'wrong' })] })
      .ping(call)
      .catch((error: Error) => error.message)
    expect(failure).to.match(/^server main: .*WRONGPASS/)
  })
})
