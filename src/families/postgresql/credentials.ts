import type { PostgresqlAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import type { Endpoint, View } from '../../contract/family.ts'
import type { JsonObject } from '../../contract/json.ts'

/** Where applications connect: the only place that says so. */
function address(access: PostgresqlAccess): { readonly host: string; readonly port: number } {
  return { host: access.host, port: access.port }
}

export function endpoints(access: PostgresqlAccess): readonly Endpoint[] {
  const { host, port } = address(access)
  return [{ host, ports: [String(port)], protocol: 'tcp' }]
}

/** The keys that the libraries of application developers look for; every one is present or absent, never null. */
export function credentials(access: PostgresqlAccess, login: Login, view: View): JsonObject {
  const { host, port } = address(access)
  const { database, tls } = access
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}/${encodeURIComponent(database)}`
  const user = encodeURIComponent(login.name)
  const password = encodeURIComponent(login.password)
  // A URI cannot carry a certificate, and libpq wants a file of it for anything stricter.
  const mode = `sslmode=${tls === undefined ? 'disable' : 'require'}`
  const jdbcUrl = `jdbc:postgresql://${place}?user=${user}&password=${password}&${mode}`
  const keys = {
    uri: `postgresql://${user}:${password}@${place}?${mode}`,
    jdbcUrl,
    hostname: host,
    host,
    port,
    name: database,
    database,
    db: database,
    username: login.name,
    user: login.name,
    password: login.password,
    sslmode: strictest(access),
    ...(tls?.ca !== undefined && { sslrootcert: tls.ca })
  }
  return view === 'kubernetes' ? { ...keys, ...serviceBinding(jdbcUrl, tls?.ca) } : keys
}

/** What an application with the certificate at hand should demand: the name too, unless it is reached under another one. */
function strictest({ host, tls }: PostgresqlAccess): string {
  if (tls === undefined) return 'disable'
  return tls.servername === undefined || tls.servername === host ? 'verify-full' : 'verify-ca'
}

/**
 * servicebinding.io. spring-cloud-bindings takes `sslrootcert` for a file name unless `jdbc-url` is there.
 */
function serviceBinding(jdbcUrl: string, certificates: string | undefined) {
  return {
    type: 'postgresql',
    provider: 'portolan',
    'jdbc-url': jdbcUrl,
    ...(certificates !== undefined && { certificates })
  }
}
