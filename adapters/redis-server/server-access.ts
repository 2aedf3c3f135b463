import type { RedisAccess } from '../../src/contract/access.ts'
import { serverNamed as named, wayTo } from '../../src/contract/own-servers.ts'
import type { ServerSettings } from './settings.ts'

/** The broker's way to a server; with the prefix of an instance where it is shared. */
export function accessTo(server: ServerSettings, instance?: string): RedisAccess {
  const isPrefixed = server.shared && instance !== undefined
  return { kind: 'redis', ...wayTo(server), ...(isPrefixed && { prefix: instance }) }
}

export function serverNamed(servers: readonly ServerSettings[], name: string): ServerSettings {
  return named(servers, name, 'instance')
}
