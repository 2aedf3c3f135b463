import type { ServerKind, Servers } from './kit.ts'

/** Loaded when one is asked for: an adapter without databases needs no server's program. */
const STARTS: { readonly [Kind in ServerKind]: () => Promise<Servers[Kind]> } = {
  postgresql: async () => (await (await import('../support/postgres-server.ts')).postgresServer()).superuser,
  mysql: async () => (await (await import('../support/mysql-server.ts')).mysqlServer()).superuser,
  redis: async () => (await (await import('../support/redis-server.ts')).redisServer()).admin,
  'object-storage': async () => {
    const { endpoint, region, owner } = await (await import('../support/radosgw.ts')).objectStore()
    return { kind: 'object-storage', endpoint, region, ...owner, pathStyle: true, network: 'private' }
  }
}

export function startServer<Kind extends ServerKind>(kind: Kind): Promise<Servers[Kind]> {
  return STARTS[kind]()
}
