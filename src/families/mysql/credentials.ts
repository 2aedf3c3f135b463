import type { MysqlAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import type { Endpoint, View } from '../../contract/family.ts'
import type { JsonObject } from '../../contract/json.ts'

/** Where applications connect: the only place that says so. */
function address(access: MysqlAccess): { readonly host: string; readonly port: number } {
  return { host: access.host, port: access.port }
}

export function endpoints(access: MysqlAccess): readonly Endpoint[] {
  const { host, port } = address(access)
  return [{ host, ports: [String(port)], protocol: 'tcp' }]
}

/**
 * The keys that the libraries of application developers look for; every one is present or absent, never null. `ssl_mode` is what the
 * libraries of Ruby and Python take from a URI, `sslMode` those of Java. A URI cannot carry a certificate, so they ask for TLS and no more;
 * whoever has `sslRootCert` at hand should demand it.
 */
export function credentials(access: MysqlAccess, login: Login, view: View): JsonObject {
  const { host, port } = address(access)
  const { database, tls } = access
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}/${encodeURIComponent(database)}`
  const user = encodeURIComponent(login.name)
  const password = encodeURIComponent(login.password)
  const mode = tls === undefined ? 'DISABLED' : 'REQUIRED'
  const jdbcUrl = `jdbc:mysql://${place}?user=${user}&password=${password}&sslMode=${mode}`
  const keys = {
    uri: `mysql://${user}:${password}@${place}?ssl_mode=${mode}`,
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
    ...(tls?.ca !== undefined && { sslRootCert: tls.ca })
  }
  return view === 'kubernetes' ? { ...keys, ...serviceBinding(jdbcUrl, tls?.ca) } : keys
}

/** servicebinding.io. */
function serviceBinding(jdbcUrl: string, certificates: string | undefined) {
  return {
    type: 'mysql',
    provider: 'portolan',
    'jdbc-url': jdbcUrl,
    ...(certificates !== undefined && { certificates })
  }
}
