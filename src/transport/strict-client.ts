import type { LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import type { PostgresqlAccess } from '../contract/access.ts'
import { ProviderFailure } from '../contract/errors.ts'
import { copySieve } from './copy-sieve.ts'
import { guardedSocket } from './guarded-socket.ts'

/** They beat what a tenant or a careless administrator set on the database or the role. */
const ALWAYS = [
  'search_path=pg_catalog',
  'role=none',
  'row_security=off',
  'default_transaction_read_only=off',
  'local_preload_libraries=',
  'client_connection_check_interval=5s'
]

/** How long the server waits for us, and for what we asked. */
const PATIENCE = {
  /** The idle limits end what a broker that vanished left behind, with the locks it holds. */
  short: [
    'statement_timeout=30s',
    'lock_timeout=5s',
    'idle_in_transaction_session_timeout=30s',
    'idle_session_timeout=120s'
  ],
  /** Nothing is too long, so a broker that vanished shows by its silence on the network: within a minute. */
  long: [
    'statement_timeout=0',
    'lock_timeout=0',
    'idle_in_transaction_session_timeout=0',
    'idle_session_timeout=0',
    'tcp_keepalives_idle=30',
    'tcp_keepalives_interval=10',
    'tcp_keepalives_count=3'
  ]
} as const

export type Patience = keyof typeof PATIENCE

/** As the server's: after so long a silence our side asks whether it still stands. */
const KEEPALIVE_MS = 30_000

/** More than any answer to one statement of ours; a hostile server cannot fill the memory. Rows of a COPY are not kept, so not counted. */
const MAXIMUM_RECEIVED_BYTES = 64 * 1024 * 1024
/** Before it has let us in. */
const MAXIMUM_GREETING_BYTES = 1024 * 1024
/** The library makes a value for every column that was announced, and a row of seven bytes may lack them all. */
const MAXIMUM_VALUES = 4_000_000

/** What we use of the client library's inside. */
export interface Wire extends NodeJS.EventEmitter {
  readonly stream: Duplex
  /** Only answers requests for clear-text and MD5 passwords. */
  password(text: string): void
  attachListeners(stream: Duplex): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

export interface StrictClient {
  readonly client: pg.Client
  /** Breaks the connection at once. */
  readonly cut: (reason: Error) => void
  readonly wire: Wire
  /** Where whole CopyData messages go as they come, in pieces; before and after a COPY: nowhere. */
  readonly divert: (to: Diversion | undefined) => void
}

export type Diversion = (copyData: Buffer) => void

export interface StrictClientOptions {
  readonly database: string
  readonly patience: Patience
  readonly lookup?: LookupFunction
}

/** A client that is not connected yet, and that will neither go to a wrong address nor show its password to a server. */
export function strictClient(
  access: PostgresqlAccess,
  { database, patience, lookup }: StrictClientOptions
): StrictClient {
  const client = new pg.Client({
    // The name that the certificate must carry; the socket knows by itself where to go.
    host: access.tls?.servername ?? access.host,
    port: access.port,
    user: access.user,
    password: access.password,
    database,
    ssl: access.tls === undefined ? false : { rejectUnauthorized: true, ...certificateOf(access.tls) },
    options: [...ALWAYS, ...PATIENCE[patience]].map((setting) => `-c ${setting}`).join(' '),
    keepAlive: patience === 'long',
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
    application_name: 'portolan',
    types: { getTypeParser: (type) => PARSERS.get(type) ?? asText },
    stream: () => guardedSocket(access, lookup)
  })
  client.on('error', () => undefined)
  const wire = client.connection as unknown as Wire
  const cut = (reason: Error) => void wire.stream.destroy(reason)
  demandScram(wire, cut)
  limitValues(wire)
  const divert = guardParser(wire)
  return { client, cut, wire, divert }
}

function certificateOf(tls: NonNullable<PostgresqlAccess['tls']>) {
  const { ca } = tls
  return ca === undefined ? {} : { ca }
}

const REMEDY =
  "there, set password_encryption = 'scram-sha-256', give the login its password anew, and let pg_hba.conf ask for it."

/** libpq's `require_auth=scram-sha-256`: the server must prove that it knows the password, and gets nothing else of it. */
function demandScram(wire: Wire, cut: (reason: Error) => void): void {
  let isProven = false
  const refuse = (asked: string) =>
    cut(
      new ProviderFailure(
        'denied',
        `The database server asked for ${asked} instead of SCRAM-SHA-256: ${REMEDY}`
      )
    )
  wire.password = () => refuse('a readable password')
  wire.on('authenticationCleartextPassword', () => refuse('a clear-text password'))
  wire.on('authenticationMD5Password', () => refuse('an MD5 password'))
  wire.on('authenticationSASLFinal', () => {
    isProven = true
  })
  wire.on('authenticationOk', () => {
    if (!isProven) refuse('no password')
  })
}

/** Called within the parser, which `guardParser` guards: what is thrown here ends the connection before the next row is read. */
function limitValues(wire: Wire): void {
  let values = 0
  let columns = 1
  const count = (more: number) => {
    values += more
    if (values > MAXIMUM_VALUES) throw new RangeError('the server sent too many values')
  }
  wire.on('rowDescription', ({ fields }: { readonly fields: readonly unknown[] }) => {
    columns = Math.max(1, fields.length)
    count(columns)
  })
  wire.on('dataRow', () => count(columns))
  wire.on('readyForQuery', () => {
    values = 0
  })
}

/** The library's parser throws at what it does not know, out of an event where nobody could catch it. It never sees diverted rows. */
function guardParser(wire: Wire): StrictClient['divert'] {
  const attach = wire.attachListeners.bind(wire)
  let diversion: Diversion | undefined
  let received = 0
  let limit = MAXIMUM_GREETING_BYTES
  wire.on('readyForQuery', () => {
    received = 0
    limit = MAXIMUM_RECEIVED_BYTES
  })
  wire.attachListeners = (stream) => {
    const before = stream.listeners('data')
    attach(stream)
    const added = stream.listeners('data').filter((listener) => !before.includes(listener))
    for (const listener of added) stream.removeListener('data', listener as (chunk: Buffer) => void)
    const rest = (bytes: Buffer) => {
      received += bytes.length
      if (received > limit) throw new RangeError('the server sent too much')
      for (const listener of added) listener.call(stream, bytes)
    }
    const sieve = copySieve({ rest, copyData: (bytes) => (diversion ?? rest)(bytes) })
    stream.on('data', (chunk: Buffer) => {
      try {
        sieve(chunk)
      } catch (error) {
        stream.destroy(error as Error)
      }
    })
  }
  return (to) => {
    diversion = to
  }
}

const NUMBERS = [20, 21, 23, 26, 700, 701]

/** By type OID: bool, then int8, int2, int4, oid, float4, float8. Answers are JSON; the sizes and counts we ask for fit a number. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [16, (text) => text === 't'],
  ...NUMBERS.map((type) => [type, Number] as const)
])

function asText(text: string): string {
  return text
}
