import type { MysqlAccess } from '../../src/contract/access.ts'
import { serverNamed as named, wayTo } from '../../src/contract/own-servers.ts'
import type { ServerSettings } from './settings.ts'

/** Root's way to a server. */
export function accessTo(server: ServerSettings, database = server.maintenanceDatabase): MysqlAccess {
  return { kind: 'mysql', ...wayTo(server), database }
}

export function serverNamed(servers: readonly ServerSettings[], name: string): ServerSettings {
  return named(servers, name, 'database')
}
