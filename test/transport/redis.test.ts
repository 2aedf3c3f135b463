import { expect } from 'chai'
import type { RedisAccess } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { RedisCode } from '../../src/contract/ports.ts'
import { commandLabel } from '../../src/transport/command-label.ts'
import { type RedisOutcome, redisPort } from '../../src/transport/redis.ts'
import { kindOfRedisCode } from '../../src/transport/redis-failure.ts'
import { until } from '../support/core.ts'
import { failureOf } from '../support/failures.ts'
import { hostileRedis, hostileTlsRedis } from '../support/hostile-redis.ts'
import { guardsAddresses, tellsNothingToStrangers } from '../support/port-suites.ts'
import { redisServer, type TestRedis } from '../support/redis-server.ts'
import { selfSigned } from '../support/self-signed.ts'

const PASSWORD = 'Only-For-The-Right-Server-1'
const { signal } = new AbortController()
const port = redisPort({ signal })

function codeOf(failure: ProviderFailure): string | undefined {
  return failure.cause instanceof RedisCode ? failure.cause.code : undefined
}

function accessTo(number: number): RedisAccess {
  return { kind: 'redis', host: '127.0.0.1', port: number, user: 'u', password: PASSWORD, network: 'private' }
}

describe('the redis port and a server that it must not trust', () => {
  const answers: readonly (readonly [string, string])[] = [
    ['nonsense', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['more answers than questions', '+OK\r\n+OK\r\n+OK\r\n'],
    ['a list longer than any memory', '*99999999999999\r\n'],
    ['a refusal', '-ERR unknown command HELLO\r\n']
  ]
  for (const [what, answer] of answers) {
    it(`leaves one that answers ${what}`, async () => {
      const server = await hostileRedis(answer)
      try {
        const failure = await failureOf(
          port(accessTo(server.port), async (session) => {
            for (let time = 0; time < 3; time += 1) await session.command('PING')
            throw new ProviderFailure('unavailable', 'it answered like a server')
          })
        )
        expect(failure.kind).to.be.oneOf(['denied', 'unavailable', 'unexpected'])
        expect(failure.message).not.to.contain(PASSWORD)
      } finally {
        await server.close()
      }
    })
  }

  describe('behind TLS', () => {
    const { certificate, key } = selfSigned()
    let server: Awaited<ReturnType<typeof hostileTlsRedis>>

    before(async () => {
      server = await hostileTlsRedis('-WRONGPASS invalid\r\n', certificate, key)
    })

    after(() => server.close())

    const asked = (tls: NonNullable<RedisAccess['tls']>, host = '127.0.0.1') =>
      failureOf(port({ ...accessTo(server.port), host, tls }, async () => undefined))

    tellsNothingToStrangers({ certificate, asked, received: () => server.received() })

    it('logs in where the certificate is right', async () => {
      for (const tls of [{ ca: certificate }, { ca: certificate, servername: 'localhost' }]) {
        const failure = await asked(tls)
        expect(failure.kind).to.equal('denied')
        expect(codeOf(failure)).to.equal('WRONGPASS')
      }
      expect(server.received()).to.contain('HELLO')
    })

    it('sends no password in clear to one that has no TLS', async () => {
      const plain = await hostileRedis('+OK\r\n')
      try {
        const failure = await failureOf(port({ ...accessTo(plain.port), tls: {} }, async () => undefined))
        expect(failure.kind).to.equal('denied')
        expect(plain.received()).not.to.contain(PASSWORD)
      } finally {
        await plain.close()
      }
    })
  })
})

describe('the redis port and addresses', () => {
  guardsAddresses(accessTo(1), (access, lookup) =>
    redisPort({ signal, ...(lookup && { lookup }) })(access, async () => undefined)
  )
})

describe('the redis port', () => {
  let server: TestRedis

  before(async function () {
    this.timeout(30_000)
    server = await redisServer()
  })

  it('hands over JSON: text, numbers, lists, null, and a map as a list', async () => {
    await port(server.admin, async (session) => {
      expect(await session.command('SET', 'k', 'v')).to.equal('OK')
      expect(await session.command('GET', 'k')).to.equal('v')
      expect(await session.command('GET', 'nothing')).to.equal(null)
      expect(await session.command('RPUSH', 'l', 'a', 'b')).to.equal(2)
      expect(await session.command('LRANGE', 'l', '0', '-1')).to.deep.equal(['a', 'b'])
      await session.command('HSET', 'h', 'a', '1')
      expect(await session.command('HGETALL', 'h')).to.deep.equal(['a', '1'])
      expect(await session.command('CONFIG', 'GET', 'maxmemory')).to.deep.equal(['maxmemory', '67108864'])
      await session.command('DEL', 'k', 'l', 'h')
    })
  })

  it('shows itself by name, and leaves no connection behind', async () => {
    expect(await server.ask('CLIENT', 'LIST')).to.match(/name=portolan .*user=admin/)
    await until(
      async () =>
        String(await server.ask('CLIENT', 'LIST'))
          .trim()
          .split('\n').length === 1
    )
  })

  it('logs in as who is named', async () => {
    const { user, password } = server.owner
    const who = await port(server.admin, (session) => session.command('ACL', 'WHOAMI'), {
      as: { name: user, password }
    })
    expect(who).to.equal(user)
  })

  it('tells the code, and names the command without what follows', async () => {
    const failure = await failureOf(
      port(server.admin, (session) => session.command('acl', 'setuser', 'x', 'nonsense-secret'))
    )
    expect(failure.kind).to.equal('unexpected')
    expect(codeOf(failure)).to.equal('ERR')
    expect(failure.message).to.equal('The Redis server refused ACL SETUSER (ERR).')
  })

  it('says denied for a wrong password, and for what a user may not', async () => {
    const wrong = await failureOf(port({ ...server.admin, password: 'wrong' }, async () => undefined))
    expect([wrong.kind, codeOf(wrong)]).to.deep.equal(['denied', 'WRONGPASS'])
    const owner = await failureOf(port(server.owner, (session) => session.command('SHUTDOWN')))
    expect([owner.kind, codeOf(owner)]).to.deep.equal(['denied', 'NOPERM'])
  })

  it('takes a refusal within a transaction for one', async () => {
    const failure = await failureOf(
      port(server.admin, async (session) => {
        await session.command('MULTI')
        await session.command('SET', 'text', 'x')
        await session.command('INCR', 'text')
        await session.command('EXEC')
      })
    )
    expect(failure.message).to.equal('The Redis server refused EXEC (ERR).')
  })

  it('ends a command under way when the step is ended', async () => {
    const controller = new AbortController()
    const begun = performance.now()
    const asking = redisPort({ signal: controller.signal })(server.admin, async (session) => {
      setTimeout(() => controller.abort(), 50)
      await session.command('BLPOP', 'nobody', '20')
    })
    const failure = await failureOf(asking)
    expect(failure).to.include({ kind: 'unavailable', mayHaveHappened: true })
    expect(failure.message).to.contain('The step was ended')
    expect(performance.now() - begun).to.be.lessThan(5000)
  })

  it('leaves a server that says nothing any more', async () => {
    const impatient = redisPort({ signal, silenceMs: 200 })
    const began = performance.now()
    const failure = await failureOf(
      impatient(server.admin, (session) => session.command('BLPOP', 'nobody', '20'))
    )
    expect(failure).to.include({ kind: 'unavailable', mayHaveHappened: true })
    expect(performance.now() - began).to.be.lessThan(10_000)
  })

  it('begins nothing when the step has ended', async () => {
    const controller = new AbortController()
    controller.abort()
    const failure = await failureOf(redisPort({ signal: controller.signal })(server.admin, async () => 'x'))
    expect(failure.kind).to.equal('unavailable')
  })

  it('says unavailable, and that it may have happened, when the session is killed, and does not connect again', async () => {
    await port(server.admin, async (session) => {
      const id = String(await session.command('CLIENT', 'ID'))
      const asking = failureOf(session.command('BLPOP', 'nobody', '20'))
      await server.ask('CLIENT', 'KILL', 'ID', id)
      expect(await asking).to.include({ kind: 'unavailable', mayHaveHappened: true })
      expect((await failureOf(session.command('PING'))).kind).to.equal('unavailable')
    })
  })

  it('gets in, and is told so, while a script keeps the server busy', async () => {
    await server.ask('CONFIG', 'SET', 'busy-reply-threshold', '50')
    const looping = failureOf(server.ask('EVAL', 'while true do end', '0'))
    let busy: unknown
    // A question may overtake the script: it is asked again until it does not.
    await until(async () => {
      busy = await port(server.admin, (session) => session.command('ACL', 'LIST')).then(
        () => undefined,
        (error: unknown) => error
      )
      return busy !== undefined
    })
    if (!(busy instanceof ProviderFailure)) throw busy
    expect([busy.kind, codeOf(busy)]).to.deep.equal(['unavailable', 'BUSY'])
    await server.ask('SCRIPT', 'KILL')
    await looping
  })

  it('tells the observer every command by its label', async () => {
    const seen: RedisOutcome[] = []
    const observed = redisPort({ signal, observe: (outcome) => seen.push(outcome) })
    await observed(server.admin, async (session) => {
      await session.command('PING')
      await session.command('ACL', 'GETUSER')
    }).catch(() => undefined)
    expect(seen.map((each) => each.command)).to.deep.equal(['connect', 'PING', 'ACL GETUSER'])
    expect(seen.map((each) => each.failure?.kind)).to.deep.equal([undefined, undefined, 'unexpected'])
  })
})

describe('the label of a command', () => {
  it('ends before the first value', () => {
    expect(commandLabel(['SET', 'key', 'value'])).to.equal('SET')
    expect(commandLabel(['ACL', 'SETUSER', 'name', '>password'])).to.equal('ACL SETUSER')
    expect(commandLabel(['AUTH', 'PASSWORD'])).to.equal('AUTH')
    expect(commandLabel(['client', 'kill', 'user'])).to.equal('CLIENT KILL')
    expect(commandLabel(['>password'])).to.equal('a command')
    expect(commandLabel([])).to.equal('a command')
  })
})

describe('the kind of a refusal', () => {
  const table = {
    LOADING: 'unavailable',
    BUSY: 'unavailable',
    READONLY: 'unavailable',
    OOM: 'unavailable',
    NOAUTH: 'denied',
    WRONGPASS: 'denied',
    NOPERM: 'denied',
    BUSYGROUP: 'conflict',
    ERR: 'unexpected',
    constructor: 'unexpected'
  }
  for (const [code, kind] of Object.entries(table)) {
    it(`of ${code} is ${kind}`, () => expect(kindOfRedisCode(code)).to.equal(kind))
  }
})
