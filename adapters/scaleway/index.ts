import type { AdapterModule } from '../../src/contract/adapter.ts'
import { openClient } from './client.ts'
import { inspect } from './inspect.ts'
import { instanceDriver } from './instance-driver.ts'
import { mysql } from './mysql.ts'
import { postgresql } from './postgresql.ts'
import { redisDriver } from './redis.ts'
import { readSettings, settingsSchema } from './settings.ts'

export const adapter: AdapterModule = {
  contract: 1,
  name: 'scaleway',
  settingsSchema,
  open(checked) {
    const settings = readSettings(checked)
    const client = openClient(settings)
    return {
      drivers: {
        mysql: instanceDriver(client, settings, mysql),
        postgresql: instanceDriver(client, settings, postgresql),
        redis: redisDriver(client, settings)
      },
      async ping(call) {
        await client.countInstances(call, settings.regions[0] ?? 'fr-par')
      },
      inspect: (call) => inspect(client, settings, call)
    }
  }
}
