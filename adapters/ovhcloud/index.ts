import type { AdapterModule } from '../../src/contract/adapter.ts'
import { openClient } from './client.ts'
import { inspect } from './inspect.ts'
import { mysqlDriver } from './mysql.ts'
import { inspectStorage } from './object-storage/inspect.ts'
import { objectStorageDriver } from './object-storage.ts'
import { postgresqlDriver } from './postgresql.ts'
import { redisDriver } from './redis.ts'
import { readSettings, settingsSchema } from './settings.ts'

export const adapter: AdapterModule = {
  contract: 1,
  name: 'ovhcloud',
  settingsSchema,
  open(checked) {
    const settings = readSettings(checked)
    const client = openClient(settings)
    return {
      drivers: {
        postgresql: postgresqlDriver(client.services('postgresql'), settings),
        mysql: mysqlDriver(client.services('mysql'), settings),
        redis: redisDriver(client.services('valkey'), settings),
        'object-storage': objectStorageDriver(client, settings)
      },
      async ping(call) {
        await client.services('postgresql').ids(call)
      },
      inspect: async (call) => [
        ...(await inspect(client, settings, call)),
        ...(await inspectStorage({ client, settings }, call))
      ]
    }
  }
}
