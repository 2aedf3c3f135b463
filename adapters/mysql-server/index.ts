import type { AdapterModule } from '../../src/contract/adapter.ts'
import { inspect } from './inspect.ts'
import { mysqlDriver } from './mysql.ts'
import { ping } from './ping.ts'
import { readServers, settingsSchema } from './settings.ts'

/** Databases on MySQL and MariaDB servers that the operator names. */
export const adapter: AdapterModule = {
  contract: 1,
  name: 'mysql-server',
  settingsSchema,
  open(settings) {
    const servers = readServers(settings)
    return {
      drivers: { mysql: mysqlDriver(servers) },
      ping: (call) => ping(servers, call),
      inspect: (call) => inspect(servers, call)
    }
  }
}
