import type { AdapterModule } from '../../src/contract/adapter.ts'
import { openClient } from './client.ts'
import { inspect } from './inspect.ts'
import { objectStorageDriver } from './object-storage.ts'
import { ping } from './ping.ts'
import { readSettings, settingsSchema } from './settings.ts'

/** Buckets at any endpoint that speaks S3. */
export const adapter: AdapterModule = {
  contract: 1,
  name: 's3',
  settingsSchema,
  open(checked) {
    const settings = readSettings(checked)
    const client = settings.admin && openClient(settings.admin, settings.s3Region)
    return {
      drivers: { 'object-storage': objectStorageDriver(settings, client) },
      ping: (call) => ping(settings, call),
      inspect: (call) => inspect(settings, client, call)
    }
  }
}
