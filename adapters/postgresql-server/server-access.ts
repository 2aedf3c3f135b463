import type { PostgresqlAccess } from '../../src/contract/access.ts'
import { serverNamed as named, wayTo } from '../../src/contract/own-servers.ts'
import type { ServerSettings } from './settings.ts'

/** Root's way to a server, into its maintenance database unless another is named. */
export function accessTo(server: ServerSettings, database = server.maintenanceDatabase): PostgresqlAccess {
  const { maintenanceDatabase } = server
  return { kind: 'postgresql', ...wayTo(server), database, maintenanceDatabase }
}

export function serverNamed(servers: readonly ServerSettings[], name: string): ServerSettings {
  return named(servers, name, 'database')
}
