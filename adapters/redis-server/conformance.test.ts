import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/redis/index.ts'
import { redisPort } from '../../src/transport/redis.ts'
import { APPLICATIONS } from '../../test/conformance/application.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, Scene } from '../../test/conformance/harness.ts'
import { noPorts } from '../../test/conformance/ports.ts'
import { redisServer, type TestRedis } from '../../test/support/redis-server.ts'
import { redisDriverOf, serverSettings } from '../../test/support/redis-tenant.ts'
import { adapter } from './index.ts'

const MARK_USER = /^user (portolan-holder|p[a-z2-7]{20}) /

driverConformance({
  name: 'redis-server/redis, a server of its own',
  open: dedicated,
  skip: {
    throttled: 'a Redis server throttles nobody',
    broken: 'a server is held or it is not: create never ends as broken'
  }
})

driverConformance({
  name: 'redis-server/redis, shared',
  open: shared,
  skip: {
    throttled: 'a Redis server throttles nobody',
    broken: 'a mark is there or it is not: create never ends as broken',
    quota: 'a shared server takes as many instances as come',
    update: 'nothing of an instance on a shared server can be changed',
    'faults in update': 'nothing of an instance on a shared server can be changed',
    'faults in failed create': 'the mark is all that a create makes, and it is the last step'
  }
})

async function dedicated(): Promise<Harness> {
  const names = ['one', 'two', 'three', ELSEWHERE]
  const servers = await Promise.all(names.map((name) => redisServer(name)))
  // Somebody's data, which nobody holds.
  const taken = await redisServer('taken')
  await taken.ask('SET', 'theirs', 'x')
  const settings = {
    servers: [
      ...servers.map((server, index) => serverSettings(server, placed(names[index] ?? ''))),
      serverSettings(taken, { name: 'taken', region: 'full' })
    ]
  }
  return {
    ...harnessOf(servers, settings, 'portolan-holder'),
    order: { region: 'here', plan: { memoryMb: 32 }, parameters: {} },
    dedicated: true,
    stage: (scene) => stage(servers, scene)
  }
}

async function stage(servers: readonly TestRedis[], scene: Scene) {
  if (scene === 'two regions') return { region: 'there' }
  if (scene === 'differences') return { plan: { shared: true } }
  if (scene === 'quota') return { region: 'full' }
  if (scene === 'update' || scene === 'faults in update') return { plan: { memoryMb: 48 } }
  if (scene === 'faults in failed create') {
    // The mark is put, the memory is refused.
    for (const server of servers) await server.ask('ACL', 'SETUSER', 'portolan', '-config|set')
  }
  return undefined
}

async function shared(): Promise<Harness> {
  const servers = [await redisServer('shared by instances'), await redisServer('shared elsewhere')]
  const names = ['main', ELSEWHERE]
  const settings = {
    servers: servers.map((server, index) =>
      serverSettings(server, { ...placed(names[index] ?? ''), shared: true })
    )
  }
  return {
    ...harnessOf(servers, settings, undefined),
    order: { region: 'here', plan: { shared: true }, parameters: {} },
    stage: async (scene) => {
      if (scene === 'differences') return { plan: { shared: false } }
      return scene === 'two regions' ? { region: 'there' } : undefined
    }
  }
}

const ELSEWHERE = 'elsewhere'

/** The last of all servers is the only one of its region. */
function placed(name: string): JsonObject {
  return { name, region: name === ELSEWHERE ? 'there' : 'here' }
}

/** `holder`: the user that carries the mark, when it is not the instance's name. */
function harnessOf(
  servers: readonly TestRedis[],
  settings: JsonObject,
  holder: string | undefined
): Omit<Harness, 'order'> {
  const [first] = servers
  const theirs = (name: string) => `~portolan:${name}:${encodeURIComponent(FOREIGN)}`
  return {
    openDriver: () => redisDriverOf(settings),
    ping: (call) => adapter.open(settings).ping(call),
    family,
    call: (context) => ({
      ...context,
      ...noPorts('only the servers are asked'),
      redis: redisPort({ signal: context.signal })
    }),
    resources: async () => (await Promise.all(servers.map(resourcesOf))).flat(),
    logins: async () => {
      const users = await Promise.all(servers.map((server) => server.ask('ACL', 'USERS')))
      return users
        .flat()
        .map(String)
        .filter((name) => /^b[a-z2-7]{20}$/.test(name))
    },
    tryLogin: APPLICATIONS.redis.reads,
    tryWrite: APPLICATIONS.redis.writes,
    openSession: APPLICATIONS.redis.stays,
    regionOf: async (name) => {
      const marks = await Promise.all(servers.map(marksOf))
      const at = marks.findIndex((lines) => lines.some((line) => line.includes(name)))
      if (at === -1) return undefined
      return at === servers.length - 1 ? 'there' : 'here'
    },
    plantForeign: async (name) => {
      await first?.ask('ACL', 'SETUSER', holder ?? name, 'off', theirs(name))
      await first?.ask('ACL', 'SAVE')
    },
    remark: async (name) => {
      for (const server of servers) {
        if ((await server.ask('ACL', 'GETUSER', holder ?? name)) === null) continue
        await server.ask('ACL', 'SETUSER', holder ?? name, 'resetkeys', theirs(name))
        await server.ask('ACL', 'SAVE')
      }
    },
    secrets: servers.map((server) => server.owner.password),
    close: async () => {
      for (const server of servers) {
        for (const line of await marksOf(server))
          await server.ask('ACL', 'DELUSER', String(line.split(' ')[1]))
        await server.ask('ACL', 'SETUSER', 'portolan', '+config|set')
        await server.ask('ACL', 'SAVE')
        await server.ask('FLUSHALL')
      }
    }
  }
}

const FOREIGN = 'portolan {"broker":"another","resource":"theirs","generation":1}'

async function marksOf(server: TestRedis): Promise<readonly string[]> {
  const lines = await server.ask('ACL', 'LIST')
  return [lines]
    .flat()
    .map(String)
    .filter((line) => MARK_USER.test(line))
}

/** One line per mark, and one for data that is nobody's any more. The aclfile must say the same as the memory. */
async function resourcesOf(server: TestRedis): Promise<readonly string[]> {
  const marks = await marksOf(server)
  const saved = server.savedUsers().filter((line) => MARK_USER.test(line))
  if (!isDeepStrictEqual(marks, saved)) return [...marks, `saved is something else: ${saved.join()}`]
  if (marks.length === 0) {
    const keys = Number(await server.ask('DBSIZE'))
    return keys > 0 ? [`${server.port} has ${keys} keys of nobody`] : []
  }
  const memory = await server.ask('CONFIG', 'GET', 'maxmemory')
  return marks.map((mark) => `${server.port} ${mark} ${String(memory)}`)
}
