import { isIP, type LookupFunction } from 'node:net'
import { RESP_TYPES, RedisClient } from '@redis/client'
import type { RedisAccess } from '../contract/access.ts'
import { ProviderFailure } from '../contract/errors.ts'
import { guardedLookup } from './guarded-lookup.ts'
import { isLoopbackAddress, isPublicAddress } from './public-address.ts'

export interface StrictRedis {
  connect(): Promise<void>
  send(words: readonly (string | Buffer)[]): Promise<unknown>
  /** Breaks the connection at once. */
  cut(reason: Error): void
  /** Why it was cut, when it was. */
  reason(): Error | undefined
}

/**
 * A client that is not connected yet, that goes to no wrong address and never connects a second time. Redis knows no login that
 * hides the password from the server, so nothing but the certificate protects it: without TLS it is sent to loopback only.
 */
export function strictRedis(access: RedisAccess, lookup?: LookupFunction): StrictRedis {
  const controller = new AbortController()
  let cutFor: Error | undefined
  // Not by `createClient`, which builds a class of four hundred methods for every password: we send words only.
  const client = new RedisClient({
    // 3 because its greeting carries login and name in one command, which a server at work on a script still answers.
    RESP: 3,
    username: access.user,
    password: access.password,
    name: 'portolan',
    disableClientInfo: true,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    commandOptions: {
      typeMapping: {
        [RESP_TYPES.BLOB_STRING]: Buffer,
        [RESP_TYPES.MAP]: Array,
        [RESP_TYPES.BIG_NUMBER]: String
      }
    },
    socket: { ...socketTo(access, controller.signal, lookup), reconnectStrategy: false }
  })
  const cut = (reason: Error) => {
    cutFor ??= reason
    controller.abort()
    client.destroy()
  }
  // Also what the library cannot parse: it would wait for ever for the answer.
  client.on('error', (error: Error) => cut(error))
  return {
    connect: async () => void (await client.connect()),
    send: (words) => client.sendCommand([...words]),
    cut,
    reason: () => cutFor
  }
}

function socketTo(access: RedisAccess, signal: AbortSignal, lookup?: LookupFunction) {
  const { host, port, tls } = access
  const isAllowed = (address: string) =>
    (access.network === 'private' || isPublicAddress(address)) &&
    (tls !== undefined || isLoopbackAddress(address))
  // An address is connected to without any lookup.
  if (isIP(host) !== 0 && !isAllowed(host)) throw refusedAddress()
  const place = { host, port, signal, lookup: guardedLookup(isAllowed, lookup) }
  if (tls === undefined) return place
  const { ca, servername } = tls
  return {
    ...place,
    tls: true as const,
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
    ...(servername !== undefined && { servername })
  }
}

export function refusedAddress(cause?: unknown): ProviderFailure {
  const text =
    'The Redis server has an address that is not connected to: not public (the setting `network: private` allows it), or without TLS (the setting `tls`).'
  return new ProviderFailure('denied', text, { cause })
}
