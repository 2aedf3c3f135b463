import type { AdapterModule } from '../../src/contract/adapter.ts'
import { inspect } from './inspect.ts'
import { ping } from './ping.ts'
import { redisDriver } from './redis.ts'
import { readServers, settingsSchema } from './settings.ts'

/** Redis and Valkey servers that the operator names, one per instance or shared. */
export const adapter: AdapterModule = {
  contract: 1,
  name: 'redis-server',
  settingsSchema,
  open(settings) {
    const servers = readServers(settings)
    return {
      drivers: { redis: redisDriver(servers) },
      ping: (call) => ping(servers, call),
      inspect: (call) => inspect(servers, call)
    }
  }
}
