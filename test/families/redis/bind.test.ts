import { expect } from 'chai'
import type { RedisAccess } from '../../../src/contract/access.ts'
import type { Login } from '../../../src/contract/adapter.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { Call, RedisSession } from '../../../src/contract/ports.ts'
import { fieldOf, redisCodeOf, versionOf } from '../../../src/contract/redis.ts'
import { family } from '../../../src/families/redis/index.ts'
import { redisPort } from '../../../src/transport/redis.ts'
import { bytesOf, textOf } from '../../../src/transport/redis-bytes.ts'
import { freshLogin, freshName } from '../../conformance/fresh.ts'
import { until } from '../../support/core.ts'
import { redisServer, type TestRedis } from '../../support/redis-server.ts'
import { asRedis, boundRedis, redisCall } from '../../support/redis-tenant.ts'

const call = redisCall()

function unbind(access: RedisAccess, login: Login) {
  return family.unbind?.(access, login, call)
}

async function kindOf(promise: Promise<unknown> | undefined): Promise<string> {
  return Promise.resolve(promise).then(
    () => 'no failure',
    (error: unknown) => (error instanceof ProviderFailure ? error.kind : String(error))
  )
}

function refusalIsFine(error: unknown): void {
  if (redisCodeOf(error) === undefined) throw error
}

describe('a binding of a Redis server of its own', function () {
  this.timeout(30_000)
  let server: TestRedis
  let access: RedisAccess

  before(async () => {
    server = await redisServer()
    access = server.owner
  })

  it('does everything with data, in any database, with scripts and functions', async () => {
    const login = await boundRedis(access)
    const library = "#!lua name=mine\nredis.register_function('f', function(keys, args) return args[1] end)"
    const works: readonly (readonly string[])[] = [
      ['SELECT', '3'],
      ['SET', 'k', 'v'],
      ['EVAL', "return redis.call('GET', KEYS[1])", '1', 'k'],
      ['FUNCTION', 'LOAD', 'REPLACE', library],
      ['FCALL', 'f', '0', 'x'],
      ['FUNCTION', 'FLUSH'],
      ['KEYS', '*'],
      ['SCAN', '0'],
      ['SORT', 'l'],
      ['PUBLISH', 'c', 'm'],
      ['INFO', 'memory'],
      ['ROLE'],
      ['ACL', 'WHOAMI'],
      ['MULTI'],
      ['EXEC'],
      ['FLUSHDB'],
      ['FLUSHALL']
    ]
    expect(await asRedis(access, login, ...works)).to.equal('OK')
    await unbind(access, login)
  })

  const attacks: Readonly<Record<string, readonly string[]>> = {
    'give itself more rights': ['ACL', 'SETUSER', 'default', 'on', 'nopass', '+@all'],
    'see the users': ['ACL', 'LIST'],
    'choose where the server writes': ['CONFIG', 'SET', 'dir', '/tmp'],
    'read the configuration': ['CONFIG', 'GET', '*'],
    'load code into the server': ['MODULE', 'LOAD', '/tmp/x.so'],
    'stop the server': ['SHUTDOWN', 'NOSAVE'],
    'make it a replica of another': ['REPLICAOF', '192.0.2.1', '6379'],
    'send data elsewhere with the place of the server': ['MIGRATE', '192.0.2.1', '6379', 'k', '0', '10'],
    'take a copy of all by replication': ['PSYNC', '?', '-1'],
    'listen to the commands of others': ['MONITOR'],
    'end the sessions of the broker': ['CLIENT', 'KILL', 'USER', 'portolan'],
    'hold up everybody': ['CLIENT', 'PAUSE', '100000'],
    'stop it in a debugger': ['SCRIPT', 'DEBUG', 'SYNC'],
    'sleep in it': ['DEBUG', 'SLEEP', '1'],
    'write to the disk at will': ['BGSAVE']
  }
  for (const [what, words] of Object.entries(attacks)) {
    it(`does not let its tenant ${what}`, async () => {
      const login = await boundRedis(access)
      expect(await asRedis(access, login, words)).to.equal('NOPERM')
      const inScript = `return redis.call(${words.map((word) => `'${word}'`).join(', ')})`
      expect(await asRedis(access, login, ['EVAL', inScript, '0'])).to.equal('ERR')
      await unbind(access, login)
    })
  }

  it('brings data along from another server, and ends none with what only looks like data', async () => {
    const own = await redisServer('restore')
    const login = await boundRedis(own.owner)
    const restored = async (bytes: string) => {
      const words = ['RESTORE', 'h', '0', textOf(Buffer.from(bytes, 'hex')), 'REPLACE']
      return asRedis(own.owner, login, words, ['HGETALL', 'h'])
    }
    // What DUMP tells of { a: 'b' }; then with a name that is said to go on behind the end.
    const whole = await asRedis(own.owner, login, ['HSET', 'h', 'a', 'b'], ['DUMP', 'h'])
    expect(await restored(Buffer.from(bytesOf(String(whole))).toString('hex'))).to.deep.equal(['a', 'b'])
    expect(await restored('100d0d0000000200bc6102816202ff0a00db47aba33d76fa1b')).to.equal('ERR')
    expect(await own.ask('PING')).to.equal('PONG')
  })

  it('reads everything and writes nothing when it is read-only', async () => {
    const writer = await boundRedis(access)
    await asRedis(access, writer, ['SET', 'k', 'v'], ['RPUSH', 'l', '2', '1'])
    const reader = await boundRedis(access, { access: 'read-only' })
    expect(await asRedis(access, reader, ['SELECT', '0'], ['GET', 'k'])).to.equal('v')
    expect(await asRedis(access, reader, ['SORT_RO', 'l'])).to.deep.equal(['1', '2'])
    expect(await asRedis(access, reader, ['KEYS', '*'])).to.have.members(['k', 'l'])
    const writes = [
      ['SET', 'k', 'x'],
      ['DEL', 'k'],
      ['EXPIRE', 'k', '1'],
      ['SORT', 'l', 'STORE', 'k'],
      ['FLUSHALL'],
      ['PUBLISH', 'c', 'm'],
      ['EVAL', 'while true do end', '0'],
      ['FUNCTION', 'FLUSH'],
      ['COPY', 'k', 'x'],
      ['GETDEL', 'k']
    ]
    for (const words of writes) expect(await asRedis(access, reader, words), words[0]).to.equal('NOPERM')
    await asRedis(access, writer, ['FLUSHALL'])
    await unbind(access, reader)
    await unbind(access, writer)
  })

  it('is the same after a repeat, and what it is asked for after another', async () => {
    const login = freshLogin()
    const rights = async () => {
      await family.bind?.(access, login, {}, call)
      return server.ask('ACL', 'GETUSER', login.name)
    }
    const once = await rights()
    expect(await rights()).to.deep.equal(once)
    await family.bind?.(access, login, { access: 'read-only' }, call)
    expect(await asRedis(access, login, ['SET', 'k', 'v'])).to.equal('NOPERM')
    expect(await rights()).to.deep.equal(once)
    await unbind(access, login)
  })

  it('keeps no password on the server, only its hash', async () => {
    const login = await boundRedis(access)
    expect(JSON.stringify(await server.ask('ACL', 'LIST'))).not.to.contain(login.password)
    expect(server.savedUsers().join()).not.to.contain(login.password)
    await unbind(access, login)
  })

  it('is over at once when it is unbound, also in sessions that are open', async () => {
    const login = await boundRedis(access)
    const use = async (session: RedisSession) => {
      await session.command('SET', 'before', 'x')
      const blocked = kindOf(session.command('BLPOP', 'nobody', '20'))
      expect(await unbind(access, login)).to.equal('gone')
      return blocked
    }
    expect(await call.redis(access, use, { as: login })).to.equal('unavailable')
    expect(await asRedis(access, login, ['PING'])).to.equal('WRONGPASS')
    expect(await unbind(access, login)).to.equal('gone')
    await server.ask('FLUSHALL')
  })

  it('outlives a restart, and does not come back with one after it is unbound', async () => {
    const [stays, goes] = [await boundRedis(access), await boundRedis(access)]
    await unbind(access, goes)
    await server.restart()
    expect(await asRedis(access, stays, ['PING'])).to.equal('PONG')
    expect(await asRedis(access, goes, ['PING'])).to.equal('WRONGPASS')
    await unbind(access, stays)
  })

  it('is unbound while its own script never ends', async () => {
    await server.ask('CONFIG', 'SET', 'busy-reply-threshold', '50')
    const login = await boundRedis(access)
    const looping = asRedis(access, login, ['EVAL', 'while true do end', '0']).catch(() => 'cut off')
    await until(async () => (await kindOf(server.ask('GET', 'x'))) === 'unavailable')
    expect(await unbind(access, login)).to.equal('gone')
    await looping
    expect(await asRedis(access, login, ['PING'])).to.equal('WRONGPASS')
  })
})

describe('a binding as the user default', function () {
  this.timeout(30_000)
  let server: TestRedis
  let access: RedisAccess
  const asDefault = (login: Login) => ({ name: 'default', password: login.password })

  before(async () => {
    server = await redisServer()
    access = server.owner
  })

  it('has a password of its own, and the rights of the tenant', async () => {
    const [one, other] = [
      await boundRedis(access, { user: 'default' }),
      await boundRedis(access, { user: 'default' })
    ]
    for (const login of [one, other]) {
      expect(await asRedis(access, asDefault(login), ['SET', 'k', 'v'])).to.equal('OK')
      expect(await asRedis(access, asDefault(login), ['ACL', 'LIST'])).to.equal('NOPERM')
      expect(await asRedis(access, login, ['PING'])).to.equal('WRONGPASS')
    }
    const use = async (session: RedisSession) => {
      const blocked = kindOf(session.command('BLPOP', 'nobody', '20'))
      await unbind(access, one)
      return blocked
    }
    expect(await call.redis(access, use, { as: asDefault(one) })).to.equal('unavailable')
    expect(await asRedis(access, asDefault(one), ['PING'])).to.equal('WRONGPASS')
    expect(await asRedis(access, asDefault(other), ['DEL', 'k'])).to.equal(1)
    await unbind(access, other)
    await unbind(access, other)
    expect(fieldOf(await server.ask('ACL', 'GETUSER', 'default'), 'passwords')).to.deep.equal([])
  })

  it('is not given where somebody else uses it', async () => {
    await server.ask('ACL', 'SETUSER', 'default', 'reset', '>of-the-operator')
    const login = freshLogin()
    expect(await kindOf(family.bind?.(access, login, { user: 'default' }, call))).to.equal('conflict')
    await unbind(access, login)
    expect(fieldOf(await server.ask('ACL', 'GETUSER', 'default'), 'passwords')).to.have.length(1)
    await server.ask('ACL', 'SETUSER', 'default', 'reset')
    const own = { ...access, user: 'default' }
    const redis: Call['redis'] = (_, use) => call.redis(access, use)
    const asOwner = { ...call, redis }
    expect(await kindOf(family.bind?.(own, login, { user: 'default' }, asOwner))).to.equal('conflict')
  })

  it('is refused among neighbours, and for reading only', async () => {
    const shared = { ...access, prefix: freshName('p') }
    const asked = (where: RedisAccess, more: object) =>
      kindOf(family.bind?.(where, freshLogin(), { user: 'default', ...more }, call))
    expect(await asked(shared, {})).to.equal('invalid')
    expect(await asked(access, { access: 'read-only' })).to.equal('invalid')
  })
})

describe('a binding among neighbours', function () {
  this.timeout(30_000)
  let server: TestRedis
  let mine: RedisAccess
  let theirs: RedisAccess
  let me: Login
  let they: Login

  before(async () => {
    server = await redisServer('shared')
    mine = { ...server.owner, prefix: freshName('p') }
    theirs = { ...server.owner, prefix: freshName('p') }
    me = await boundRedis(mine)
    they = await boundRedis(theirs)
    await asRedis(theirs, they, ['SET', `${theirs.prefix}:k`, 'secret'])
  })

  after(async () => {
    for (const access of [mine, theirs]) {
      await family.release?.(access, { resource: String(access.prefix), mark: MARK }, call)
    }
  })

  it('works with its own keys and channels', async () => {
    const key = `${mine.prefix}:k`
    const works = [
      ['CLIENT', 'SETNAME', 'x'],
      ['SET', key, 'v'],
      ['LPUSH', `${mine.prefix}:l`, 'a'],
      ['XADD', `${mine.prefix}:s`, '*', 'a', 'b'],
      ['PUBLISH', `${mine.prefix}:c`, 'm'],
      ['WATCH', key],
      ['MULTI'],
      ['GET', key],
      ['EXEC']
    ]
    expect(await asRedis(mine, me, ...works)).to.deep.equal(['v'])
  })

  const attacks: Readonly<Record<string, (neighbour: string) => readonly string[]>> = {
    'read a key of a neighbour': (key) => ['GET', key],
    'write a key of a neighbour': (key) => ['SET', key, 'x'],
    'copy a key of a neighbour': (key) => ['COPY', key, 'x'],
    'make a key of a neighbour out of nothing': (key) => ['PFMERGE', `${key}2`],
    'sort by keys of a neighbour': () => ['SORT', 'l', 'BY', '*'],
    'listen to everybody': () => ['PSUBSCRIBE', '*'],
    'hear of keys by their events': () => ['PSUBSCRIBE', '__key*__:*'],
    'give itself more rights': () => ['ACL', 'SETUSER', 'x', 'on', 'nopass', '+@all', '~*'],
    'list the keys of others': () => ['SCAN', '0'],
    'list the keys of others by pattern': () => ['KEYS', '*'],
    'draw a key of others': () => ['RANDOMKEY'],
    'count the keys of others': () => ['DBSIZE'],
    'keep everybody waiting in a loop': () => ['EVAL', 'while true do end', '0'],
    'keep everybody waiting in a loop that only reads': () => ['EVAL_RO', 'while true do end', '0'],
    'replace a library of a neighbour': () => ['FUNCTION', 'LOAD', 'REPLACE', '#!lua name=theirs\n'],
    'call a function of a neighbour': () => ['FCALL', 'f', '0'],
    'flush the scripts of others': () => ['SCRIPT', 'FLUSH'],
    'empty the server': () => ['FLUSHALL'],
    'hide in another database': () => ['SELECT', '1'],
    'swap databases': () => ['SWAPDB', '0', '1'],
    'move a key away': () => ['MOVE', 'k', '1'],
    'see who is connected': () => ['CLIENT', 'LIST'],
    'end the sessions of others': () => ['CLIENT', 'KILL', 'TYPE', 'normal'],
    'be told what others touch': () => ['CLIENT', 'TRACKING', 'on', 'BCAST'],
    'see the channels of others': () => ['PUBSUB', 'CHANNELS'],
    'learn how the server is used': () => ['INFO'],
    'read the configuration': () => ['CONFIG', 'GET', '*']
  }
  for (const [what, wordsOf] of Object.entries(attacks)) {
    it(`does not let a tenant ${what}`, async () => {
      expect(await asRedis(mine, me, wordsOf(`${theirs.prefix}:k`))).to.equal('NOPERM')
    })
  }

  it('writes nothing outside by any command, however many words it has', async () => {
    const outside = ['outside', `${theirs.prefix}:outside`]
    const listed = async (category: string) => (await server.ask('ACL', 'CAT', category)) as string[]
    const blocking = await listed('blocking')
    const commands = (await listed('write')).filter((name) => !name.includes('|') && !blocking.includes(name))
    expect(commands).to.include('pfmerge')
    await call.redis(
      mine,
      async (session) => {
        for (const name of commands)
          for (const key of outside)
            for (let words = 0; words < 6; words += 1)
              await session.command(name, ...Array<string>(words).fill(key)).catch(refusalIsFine)
      },
      { as: me }
    )
    expect(await server.ask('EXISTS', ...outside)).to.equal(0)
  })

  it('reads its own keys only when it is read-only', async () => {
    const reader = await boundRedis(mine, { access: 'read-only' })
    await asRedis(mine, me, ['SET', `${mine.prefix}:r`, 'v'])
    expect(await asRedis(mine, reader, ['GET', `${mine.prefix}:r`])).to.equal('v')
    for (const words of [
      ['SET', `${mine.prefix}:r`, 'x'],
      ['GET', `${theirs.prefix}:k`],
      ['PUBLISH', `${mine.prefix}:c`, 'm'],
      ['SCAN', '0'],
      ['EVAL_RO', 'while true do end', '0']
    ]) {
      expect(await asRedis(mine, reader, words), words.join(' ')).to.equal('NOPERM')
    }
    await unbind(mine, reader)
  })

  it('leaves nothing of itself when the instance is released, and its neighbours whole', async () => {
    const access = { ...server.owner, prefix: freshName('p') }
    const login = await boundRedis(access)
    const pairs = Array.from({ length: 5000 }, (_, index) => [`${access.prefix}:${index}`, 'x']).flat()
    await asRedis(access, login, ['MSET', ...pairs])
    const names = { resource: access.prefix, mark: MARK }
    await family.release?.(access, names, call)
    await family.release?.(access, names, call)
    expect(await server.ask('KEYS', `${access.prefix}*`)).to.deep.equal([])
    expect(await asRedis(access, login, ['PING'])).to.equal('WRONGPASS')
    expect(await asRedis(theirs, they, ['GET', `${theirs.prefix}:k`])).to.equal('secret')
  })

  it('leaves no key whose name is so long that many of them are no answer', async () => {
    const access = { ...server.owner, prefix: freshName('p') }
    const login = await boundRedis(access)
    const long = (index: number) => `${access.prefix}:${index}${'x'.repeat(20_000)}`
    const pairs = Array.from({ length: 50 }, (_, index) => [long(index), 'x']).flat()
    await asRedis(access, login, ['MSET', ...pairs])
    const { signal } = new AbortController()
    const narrow = { ...call, redis: redisPort({ signal, maximumAnswerBytes: 200_000 }) }
    await family.release?.(access, { resource: access.prefix, mark: MARK }, narrow)
    expect(await server.ask('KEYS', `${access.prefix}*`)).to.deep.equal([])
  })

  describe('a key whose name alone is more than an answer may bring', () => {
    const { signal } = new AbortController()
    const narrow = { ...call, redis: redisPort({ signal, maximumAnswerBytes: 200_000 }) }
    let access: RedisAccess & { readonly prefix: string }
    let login: Login

    beforeEach(async () => {
      access = { ...server.owner, prefix: freshName('p') }
      login = await boundRedis(access)
      const names = ['', 'a', 'b'].map((more) => `${access.prefix}:${more}${'x'.repeat(300_000)}`)
      await asRedis(access, login, [
        'MSET',
        ...names.flatMap((name) => [name, 'x']),
        `${access.prefix}:k`,
        'x'
      ])
    })

    it('goes too, and what a neighbour calls nearly the same stays', async () => {
      const close = { ...server.owner, prefix: `${access.prefix}2` }
      const neighbour = await boundRedis(close)
      await asRedis(close, neighbour, ['SET', `${close.prefix}:k`, 'v'])
      await family.release?.(access, { resource: access.prefix, mark: MARK }, narrow)
      expect(await server.ask('KEYS', `${access.prefix}:*`)).to.deep.equal([])
      expect(await asRedis(close, neighbour, ['GET', `${close.prefix}:k`])).to.equal('v')
      expect(await asRedis(theirs, they, ['GET', `${theirs.prefix}:k`])).to.equal('secret')
      await family.release?.(close, { resource: close.prefix, mark: MARK }, call)
    })

    it('stays where the broker may run no script, and the right is named', async () => {
      await server.ask('ACL', 'SETUSER', access.user, '-eval')
      const release = () => family.release?.(access, { resource: access.prefix, mark: MARK }, narrow)
      const told = await Promise.resolve(release()).catch((error: unknown) => error)
      await server.ask('ACL', 'SETUSER', access.user, '+eval')
      expect(told).to.include({ kind: 'denied' })
      expect(String(told)).to.contain('+eval')
      await release()
      expect(await server.ask('KEYS', `${access.prefix}:*`)).to.deep.equal([])
    })
  })
})

const MARK = { broker: 'test-broker', resource: 'r', generation: 1 }

describe('the version of a server', () => {
  const told = (info: string) => versionOf({ command: async () => info })

  it('is that of Redis, or of Valkey, which tells both', async () => {
    expect(await told('# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n')).to.deep.equal({
      product: 'Redis',
      version: '7.0.15',
      major: 7
    })
    expect(
      await told('# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n')
    ).to.deep.equal({ product: 'Valkey', version: '8.1.1', major: 8 })
  })

  it('is too old before 7', async () => {
    const old = {
      ...call,
      redis: (_: RedisAccess, use: (session: RedisSession) => Promise<never>) => use(SIX)
    }
    const access = { kind: 'redis', host: 'h', port: 1, user: 'u', password: 'p', network: 'public' } as const
    expect(await kindOf(family.bind?.(access, freshLogin(), {}, old))).to.equal('invalid')
  })
})

const SIX: RedisSession = {
  command: async (...words) => {
    if (words[0] === 'INFO') return 'redis_version:6.2.7\r\n'
    throw new Error('nothing else is asked')
  }
}
