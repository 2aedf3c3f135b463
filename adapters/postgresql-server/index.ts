import type { AdapterModule } from '../../src/contract/adapter.ts'
import { inspect } from './inspect.ts'
import { ping } from './ping.ts'
import { postgresqlDriver } from './postgresql.ts'
import { readServers, settingsSchema } from './settings.ts'

/** Databases on PostgreSQL servers that the operator names. */
export const adapter: AdapterModule = {
  contract: 1,
  name: 'postgresql-server',
  settingsSchema,
  open(settings) {
    const servers = readServers(settings)
    return {
      drivers: { postgresql: postgresqlDriver(servers) },
      ping: (call) => ping(servers, call),
      inspect: (call) => inspect(servers, call)
    }
  }
}
