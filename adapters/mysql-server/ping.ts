import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { accessTo } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

/** Logs in at every server; a failure names the server. */
export async function ping(servers: readonly ServerSettings[], call: Call): Promise<void> {
  for (const server of servers) {
    try {
      await call.mysql(accessTo(server), (session) => session.query('SELECT 1 AS one'))
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error
      throw new ProviderFailure(error.kind, `server ${server.name}: ${error.message}`, { cause: error })
    }
  }
}
