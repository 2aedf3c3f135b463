import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { RedisSession } from '../../src/contract/ports.ts'
import { redisPort } from '../../src/transport/redis.ts'
import { until } from '../support/core.ts'
import { redisServer, type TestRedis } from '../support/redis-server.ts'
import { type FaultKind, openBreaker, ProcessDeath } from './breaker.ts'
import { noPorts } from './ports.ts'

describe('the breaker over a real Redis', function () {
  this.timeout(30_000)
  let server: TestRedis

  before(async () => {
    server = await redisServer()
  })

  beforeEach(() => server.ask('DEL', 'count'))

  async function run(
    kind: FaultKind,
    what: string,
    use: (session: RedisSession) => Promise<unknown>
  ): Promise<unknown> {
    const breaker = openBreaker((context) => ({
      ...context,
      ...noPorts('only the server is asked'),
      redis: redisPort({ signal: context.signal })
    }))
    breaker.arm((_, point) => (point.what === what ? kind : undefined))
    const context = { now: new Date(0), attempt: 1, note: () => undefined }
    return breaker
      .step('step', context, (call) => call.redis(server.admin, use))
      .then(
        () => undefined,
        (error: unknown) => error
      )
  }

  const cases: readonly (readonly [FaultKind, string, number])[] = [
    ['error before', 'connect to 127.0.0.1', 0],
    ['time-out before', 'connect to 127.0.0.1', 0],
    ['death before', 'connect to 127.0.0.1', 0],
    ['error before', 'INCR', 0],
    ['error after', 'INCR', 1],
    ['time-out before', 'INCR', 0],
    ['time-out after', 'INCR', 1],
    ['death before', 'INCR', 0],
    ['death after', 'INCR', 1]
  ]
  for (const [kind, what, count] of cases) {
    it(`${kind} ${what} leaves ${count === 0 ? 'nothing' : 'its effect'}, and no session`, async () => {
      const error = await run(kind, what, async (session) => {
        await session.command('INCR', 'count')
        await session.command('INCR', 'count')
      })
      expect(error).to.be.instanceOf(kind.startsWith('death') ? ProcessDeath : ProviderFailure)
      expect(Number(await server.ask('GET', 'count'))).to.equal(count)
      await until(
        async () =>
          String(await server.ask('CLIENT', 'LIST'))
            .trim()
            .split('\n').length === 1
      )
    })
  }

  it('lets a lost connection answer nothing more, whoever minds', async () => {
    const careless = async (session: RedisSession) => {
      await session.command('INCR', 'count').catch(() => 'never mind')
      await session.command('SET', 'count', '9')
    }
    expect(await run('error before', 'INCR', careless)).to.be.instanceOf(ProviderFailure)
    expect(await server.ask('GET', 'count')).to.equal(null)
  })
})
