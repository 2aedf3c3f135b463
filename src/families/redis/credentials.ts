import type { RedisAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import type { Endpoint, View } from '../../contract/family.ts'
import type { JsonObject } from '../../contract/json.ts'

/** Where applications connect: the only place that says so. */
function address(access: RedisAccess): { readonly host: string; readonly port: number } {
  return { host: access.host, port: access.port }
}

export function endpoints(access: RedisAccess): readonly Endpoint[] {
  const { host, port } = address(access)
  return [{ host, ports: [String(port)], protocol: 'tcp' }]
}

/** The keys that the libraries of application developers look for; every one is present or absent, never null. */
export function credentials(
  access: RedisAccess,
  login: Login,
  view: View,
  parameters: JsonObject
): JsonObject {
  const { host, port } = address(access)
  const { tls, prefix } = access
  const isDefault = parameters['user'] === 'default'
  // Whoever asks for it has a library that takes a user in the URI for the password.
  const user = isDefault ? '' : encodeURIComponent(login.name)
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const scheme = tls === undefined ? 'redis' : 'rediss'
  const keys = {
    uri: `${scheme}://${user}:${encodeURIComponent(login.password)}@${place}`,
    hostname: host,
    host,
    port,
    username: isDefault ? 'default' : login.name,
    password: login.password,
    // Its presence is what tells some libraries to speak TLS.
    ...(tls !== undefined && { tls_port: port }),
    ...(tls?.ca !== undefined && { sslrootcert: tls.ca }),
    ...(prefix !== undefined && { prefix: `${prefix}:` })
  }
  return view === 'kubernetes' ? { ...keys, ...serviceBinding(access) } : keys
}

/** servicebinding.io */
function serviceBinding({ tls }: RedisAccess) {
  return {
    type: 'redis',
    provider: 'portolan',
    ssl: tls !== undefined,
    ...(tls?.ca !== undefined && { certificates: tls.ca })
  }
}
