import type { MysqlAccess } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { ServerSettings } from './settings.ts'

/** Root's way to a server. */
export function accessTo(server: ServerSettings, database = server.maintenanceDatabase): MysqlAccess {
  const { host, port, user, password, tls, network } = server
  const access = { kind: 'mysql', host, port, database, user, password, network } as const
  return tls === undefined ? access : { ...access, tls }
}

/** Retried by the core: the operator may have it back in the settings soon. */
export function serverNamed(servers: readonly ServerSettings[], name: string): ServerSettings {
  const server = servers.find((each) => each.name === name)
  if (server !== undefined) return server
  throw new ProviderFailure(
    'unavailable',
    `The server "${name}" that holds this database is not in the settings.`
  )
}
