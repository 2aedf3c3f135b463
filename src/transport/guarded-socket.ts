import { isIP, type LookupFunction, Socket } from 'node:net'
import type { MysqlAccess, PostgresqlAccess, RedisAccess } from '../contract/access.ts'
import { ProviderFailure } from '../contract/errors.ts'
import { guardedLookup } from './guarded-lookup.ts'
import { isLoopbackAddress, isPublicAddress } from './public-address.ts'

/** What a socket needs to know of an access. */
type Place = Pick<PostgresqlAccess | MysqlAccess | RedisAccess, 'kind' | 'host' | 'port' | 'network' | 'tls'>

/** A socket that is not connected yet, and goes nowhere but there: to a public address unless told so, without TLS to loopback only. */
export function guardedSocket(access: Place, lookup?: LookupFunction): Socket {
  // The socket would throw what is no failure of a provider.
  if (!Number.isInteger(access.port) || access.port < 1 || access.port > 65_535) {
    throw new ProviderFailure('unexpected', `${serverOf(access)} is told to have a port that is none.`)
  }
  const socket = new Socket()
  const connect = socket.connect.bind(socket)
  const isAllowed = (address: string) =>
    (access.network === 'private' || isPublicAddress(address)) &&
    (access.tls !== undefined || isLoopbackAddress(address))
  // An address is connected to without any lookup.
  if (isIP(access.host) !== 0 && !isAllowed(access.host)) throw refusedAddress(access)
  const options = { host: access.host, port: access.port, lookup: guardedLookup(isAllowed, lookup) }
  return Object.assign(socket, { connect: () => connect(options) })
}

export function refusedAddress(access: Pick<Place, 'kind'>, cause?: unknown): ProviderFailure {
  const text = `${serverOf(access)} has an address that is not connected to: not public (the setting \`network: private\` allows it), or without TLS (the setting \`tls\`).`
  return new ProviderFailure('denied', text, { cause })
}

function serverOf({ kind }: Pick<Place, 'kind'>): string {
  return kind === 'redis' ? 'The Redis server' : 'The database server'
}
