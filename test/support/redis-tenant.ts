import { adapter } from '../../adapters/redis-server/index.ts'
import type { RedisAccess } from '../../src/contract/access.ts'
import type { Driver, Login } from '../../src/contract/adapter.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { type Call, RedisCode } from '../../src/contract/ports.ts'
import { family } from '../../src/families/redis/index.ts'
import { redisPort } from '../../src/transport/redis.ts'
import { freshLogin } from '../conformance/fresh.ts'
import { noPorts } from '../conformance/ports.ts'
import type { TestRedis } from './redis-server.ts'

export function serverSettings(server: TestRedis, more: JsonObject = {}): JsonObject {
  const { host, port, user, password } = server.owner
  return { name: 'main', region: 'here', host, port, user, password, network: 'private', ...more }
}

export function redisDriverOf(settings: JsonObject): Driver {
  const driver = adapter.open(settings).drivers['redis']
  if (driver === undefined) throw new Error('no driver')
  return driver
}

/** A call whose Redis is real and whose other ports are not there. */
export function redisCall(signal = new AbortController().signal): Call {
  return {
    signal,
    now: new Date('2026-01-01T00:00:00Z'),
    attempt: 1,
    ...noPorts('only the server is asked'),
    redis: redisPort({ signal }),
    note: () => undefined
  }
}

export async function boundRedis(access: RedisAccess, parameters: JsonObject = {}): Promise<Login> {
  const login = freshLogin()
  await family.bind?.(access, login, parameters, redisCall())
  return login
}

/** What the last of `commands` answers to a login in one session, or the word of the first refusal. */
export async function asRedis(
  access: RedisAccess,
  login: Login,
  ...commands: readonly (readonly string[])[]
): Promise<Json> {
  try {
    return await redisCall().redis(
      access,
      async (session) => {
        let answer: Json = null
        for (const words of commands) answer = await session.command(...words)
        return answer
      },
      { as: login }
    )
  } catch (error) {
    const { cause } = error as Error
    if (cause instanceof RedisCode) return cause.code
    throw error
  }
}
