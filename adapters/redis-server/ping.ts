import { pingEach } from '../../src/contract/own-servers.ts'
import type { Call } from '../../src/contract/ports.ts'
import { accessTo } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** Logs in at every server. */
export async function ping(servers: readonly ServerSettings[], call: Call): Promise<void> {
  await pingEach(servers, (server) => call.redis(accessTo(server), (session) => session.command('PING')))
}
