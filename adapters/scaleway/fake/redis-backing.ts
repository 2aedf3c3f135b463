import { createHash } from 'node:crypto'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { redisServer } from '../../../test/support/redis-server.ts'
import { selfSigned } from '../../../test/support/self-signed.ts'

/** The real Redis behind every cluster, each of which is one user of it. */
export interface RedisBacking {
  readonly port: number
  readonly certificate: string
  setUser(name: string, password: string): Promise<void>
  removeUser(name: string): Promise<void>
  users(): Promise<readonly string[]>
}

let started: Promise<RedisBacking> | undefined

/** Started when it is asked for first. */
export function redisBacking(): Promise<RedisBacking> {
  started ??= start()
  return started
}

/** What is there without starting anything. */
export async function redisUsers(): Promise<readonly string[]> {
  return started === undefined ? [] : (await started).users()
}

async function start(): Promise<RedisBacking> {
  const server = await redisServer('behind the fake of Scaleway')
  const { certificate, key } = selfSigned()
  const users = async () => [await server.ask('ACL', 'USERS')].flat().map(String)
  const before = await users()
  return {
    port: await tlsBefore(server.port, certificate, key),
    certificate,
    async setUser(name, password) {
      const hash = createHash('sha256').update(password).digest('hex')
      await server.ask('ACL', 'SETUSER', name, 'reset', 'on', `#${hash}`, '~*', '&*', '+@all', '-@admin')
    },
    async removeUser(name) {
      await server.ask('ACL', 'DELUSER', name)
    },
    users: async () => (await users()).filter((name) => !before.includes(name))
  }
}

async function tlsBefore(behind: number, cert: string, key: string): Promise<number> {
  const front = createServer({ cert, key }, (outside) => {
    const inside = connect(behind, '127.0.0.1')
    for (const each of [outside, inside]) {
      each.on('error', () => undefined)
      each.on('close', () => {
        outside.destroy()
        inside.destroy()
      })
    }
    outside.pipe(inside)
    inside.pipe(outside)
  })
  front.unref()
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  return (front.address() as AddressInfo).port
}
