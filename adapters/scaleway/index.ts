import type { AdapterModule } from '../../src/contract/adapter.ts'
import { openClient, sender } from './client.ts'
import { openIamClient } from './iam-client.ts'
import { inspect } from './inspect.ts'
import { instanceDriver } from './instance-driver.ts'
import { mysql } from './mysql.ts'
import type { Store } from './object-storage/store.ts'
import { objectStorageDriver } from './object-storage.ts'
import { ping } from './ping.ts'
import { postgresql } from './postgresql.ts'
import { redisDriver } from './redis.ts'
import { readSettings, type Settings, settingsSchema } from './settings.ts'

export const adapter: AdapterModule = {
  contract: 1,
  name: 'scaleway',
  settingsSchema,
  open(checked) {
    const settings = readSettings(checked)
    const client = openClient(settings)
    const store = storeOf(settings)
    return {
      drivers: {
        mysql: instanceDriver(client, settings, mysql),
        postgresql: instanceDriver(client, settings, postgresql),
        redis: redisDriver(client, settings),
        ...(store && { 'object-storage': objectStorageDriver(store, settings.regions) })
      },
      ping: (call) => ping(client, settings, call),
      inspect: (call, offered) => inspect(client, store, settings, call, offered)
    }
  }
}

function storeOf(settings: Settings): Store | undefined {
  const { objectStorage } = settings
  if (objectStorage === undefined) return undefined
  return { ...settings, ...objectStorage, iam: openIamClient(sender(settings), objectStorage.organizationId) }
}
