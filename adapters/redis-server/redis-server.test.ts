import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { RedisAccess } from '../../src/contract/access.ts'
import type { Driver, Finding, Handle } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/redis/index.ts'
import { REDIS_ROOT_RIGHTS } from '../../src/local/redis.ts'
import { listed } from '../../test/support/adopt-anew.ts'
import { until } from '../../test/support/core.ts'
import { ended } from '../../test/support/failures.ts'
import { created, orderFor, randomName } from '../../test/support/postgres-tenant.ts'
import { redisServer, type TestRedis } from '../../test/support/redis-server.ts'
import {
  asRedis,
  boundRedis,
  redisCall,
  redisDriverOf,
  serverSettings
} from '../../test/support/redis-tenant.ts'
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

  const order = (plan: JsonObject = {}) => orderFor(randomName('p'), plan)
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

describe('the driver redis of redis-server, shared', function () {
  this.timeout(30_000)

  it('puts instances beside each other, and one goes without the other', async () => {
    const server = await redisServer('shared')
    const driver = redisDriverOf({ servers: [serverSettings(server, { shared: true })] })
    const orders = [0, 1].map(() => orderFor(randomName('p'), { shared: true }))
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

describe('a hostile tenant of a shared Redis server', function () {
  this.timeout(30_000)

  it('leaves nothing behind, neither under a key that is no text nor in a numbered database', async () => {
    const server = await redisServer('shared')
    const driver = redisDriverOf({ servers: [serverSettings(server, { shared: true })] })
    const { name, mark, ...rest } = orderFor(randomName('p'), { shared: true })
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

describe('portolan doctor on a Redis server', function () {
  this.timeout(30_000)
  let server: TestRedis

  before(async () => {
    server = await redisServer('one')
    await server.ask('CONFIG', 'SET', 'maxmemory', '64mb')
  })

  const inspect = async (more: JsonObject = {}): Promise<readonly Finding[]> =>
    (await adapter.open({ servers: [serverSettings(server, more)] }).inspect?.(call)) ?? []
  const refusals = async (more: JsonObject = {}) =>
    (await inspect(more)).filter((finding) => finding.level === 'refused').map((finding) => finding.text)

  it('finds nothing to refuse on one that is set up as the README says, alone or shared', async () => {
    expect(await refusals()).to.deep.equal([])
    expect(await refusals({ shared: true })).to.deep.equal([])
    const texts = (await inspect()).map((finding) => finding.text)
    expect(texts[0]).to.match(/^(Redis|Valkey) \d/)
    expect(texts).to.include('It is free.')
  })

  it('is told the rights that the README tells', () => {
    expect(readFileSync('adapters/redis-server/README.md', 'utf8')).to.contain(
      `user portolan on >PASSWORD ${REDIS_ROOT_RIGHTS}`
    )
  })

  const holes: Readonly<Record<string, readonly [readonly string[], readonly string[], RegExp]>> = {
    'the user default is open': [
      ['ACL', 'SETUSER', 'default', 'on', 'nopass'],
      ['ACL', 'SETUSER', 'default', 'reset'],
      /Everybody may do everything/
    ],
    'a tenant can end it with data that is none': [
      ['CONFIG', 'SET', 'sanitize-dump-payload', 'no'],
      ['CONFIG', 'SET', 'sanitize-dump-payload', 'clients'],
      /RESTORE/
    ],
    'the broker lacks a right': [
      ['ACL', 'SETUSER', 'portolan', '-flushall'],
      ['ACL', 'SETUSER', 'portolan', '+flushall'],
      /may not run.*: FLUSHALL\./
    ]
  }
  for (const [hole, [make, mend, text]] of Object.entries(holes)) {
    it(`refuses it while ${hole}`, async () => {
      await server.ask(...make)
      const [found] = await refusals()
      await server.ask(...mend)
      expect(found).to.match(text)
      expect(await refusals()).to.deep.equal([])
    })
  }

  it('refuses one without an aclfile, and one that renamed a command', async () => {
    server = await redisServer('careless', ['--aclfile', '', '--rename-command', 'FLUSHALL', 'x'])
    try {
      const found = await refusals({ user: 'default', password: 'x' })
      expect(found.join()).to.match(/no aclfile/)
      expect(found.join()).to.match(/does not have: FLUSHALL/)
    } finally {
      server = await redisServer('one')
    }
  })

  it('refuses a shared one that drops keys, and warns of one without limit', async () => {
    await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', '0')
    const [alone, shared] = [await inspect(), await refusals({ shared: true })]
    await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '64mb')
    expect(shared.join()).to.match(/allkeys-lru/)
    const warnings = alone.filter((finding) => finding.level === 'warning').map((finding) => finding.text)
    expect(warnings.join()).to.match(/allkeys-lru.*no limit.*Data is kept nowhere/)
  })

  it('refuses one it cannot enter, and says nothing of the password', async () => {
    const findings = await inspect({ password: 'Very-Wrong-1' })
    expect(findings.map((each) => each.level)).to.deep.equal(['refused'])
    expect(JSON.stringify(findings)).not.to.contain('Very-Wrong-1')
  })
})
