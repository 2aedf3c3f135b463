import type { RedisAccess } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { ServerSettings } from './settings.ts'

/** The broker's way to a server; with the prefix of an instance where it is shared. */
export function accessTo(server: ServerSettings, instance?: string): RedisAccess {
  const { host, port, user, password, tls, network, shared } = server
  const access = { kind: 'redis', host, port, user, password, network } as const
  const isPrefixed = shared && instance !== undefined
  return { ...access, ...(tls !== undefined && { tls }), ...(isPrefixed && { prefix: instance }) }
}

/** Retried by the core: the operator may have it back in the settings soon. */
export function serverNamed(servers: readonly ServerSettings[], name: string): ServerSettings {
  const server = servers.find((each) => each.name === name)
  if (server !== undefined) return server
  throw new ProviderFailure(
    'unavailable',
    `The server "${name}" that holds this instance is not in the settings.`
  )
}
