import { mysqlServers } from './mysql-servers.ts'
import type { Engine } from './offers.ts'
import { ownPostgresqlServers, sharedPostgresqlServer } from './postgresql-servers.ts'
import type { Servers } from './stand.ts'
import { valkeyServers } from './valkey-servers.ts'

export type AllServers = Readonly<Record<Engine, Servers>>

/** `warm`: engines whose first server is started before the fake listens. */
export async function allServers(own: boolean, warm: readonly string[]): Promise<AllServers> {
  return {
    postgresql: own ? ownPostgresqlServers() : await sharedPostgresqlServer(),
    mysql: await mysqlServers(warm.includes('mysql')),
    valkey: valkeyServers()
  }
}
