import type { PostgresqlAccess } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { ServerSettings } from './settings.ts'

/** Root's way to a server, into its maintenance database unless another is named. */
export function accessTo(server: ServerSettings, database = server.maintenanceDatabase): PostgresqlAccess {
  const { host, port, user, password, tls, network, maintenanceDatabase } = server
  const access = {
    kind: 'postgresql',
    host,
    port,
    database,
    user,
    password,
    network,
    maintenanceDatabase
  } as const
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
