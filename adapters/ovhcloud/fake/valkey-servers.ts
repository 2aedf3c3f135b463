import { randomBytes } from 'node:crypto'
import { front } from '../../../test/support/fake/front.ts'
import { redisServer, type TestRedis } from '../../../test/support/redis-server.ts'
import { selfSigned } from '../../../test/support/self-signed.ts'
import type { Servers, Stand } from './stand.ts'

/** Whom the test server itself has. */
const SYSTEM_USERS: readonly string[] = ['default', 'admin', 'portolan']
/** What a user of a service may at most: nobody administers the access list. */
const DEFAULT_RIGHTS = ['~*', '&*', '+@all', '-@admin']

/** A Redis for each service; one that was given back is used again. */
export function valkeyServers(): Servers {
  const all: TestRedis[] = []
  const free: TestRedis[] = []
  async function start(): Promise<TestRedis> {
    const server = await redisServer(`valkey ${randomBytes(6).toString('hex')}`)
    all.push(server)
    return server
  }
  return {
    async take() {
      const server = free.pop() ?? (await start())
      return standOn(server, () => free.push(server))
    },
    async left() {
      const roles = await Promise.all(all.map(usersOn))
      return { databases: [], roles: roles.flat() }
    }
  }
}

function standOn(server: TestRedis, free: () => void): Stand {
  const { certificate, key } = selfSigned()
  let pending: (() => Promise<unknown>) | undefined
  return {
    certificate,
    async setPassword(password) {
      pending = () =>
        server.ask('ACL', 'SETUSER', 'default', 'reset', 'on', `>${password}`, ...DEFAULT_RIGHTS)
    },
    open: (doors) =>
      front({
        port: server.port,
        tls: { certificate, key },
        isOpen: () => doors.isOpen(),
        async beforehand() {
          if (!doors.isPasswordThere()) return
          const work = pending
          pending = undefined
          await work?.()
        }
      }),
    users: {
      add: async (name, password, rules) => {
        await server.ask('ACL', 'SETUSER', name, 'reset', 'off', `>${password}`, ...rules)
      },
      admit: async (name) => {
        await server.ask('ACL', 'SETUSER', name, 'on')
      },
      setPassword: async (name, password) => {
        await server.ask('ACL', 'SETUSER', name, 'resetpass', `>${password}`)
      },
      remove: async (name) => {
        await server.ask('ACL', 'DELUSER', name)
        return true
      }
    },
    async giveBack() {
      pending = undefined
      for (const name of await usersOn(server)) await server.ask('ACL', 'DELUSER', name)
      await server.ask('ACL', 'SETUSER', 'default', 'reset', 'off')
      await server.ask('FLUSHALL')
      free()
    }
  }
}

async function usersOn(server: TestRedis): Promise<string[]> {
  const users = await server.ask('ACL', 'USERS')
  return [users]
    .flat()
    .map(String)
    .filter((name) => !SYSTEM_USERS.includes(name))
}
