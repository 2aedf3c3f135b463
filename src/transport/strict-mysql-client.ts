import type { LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Connection, createConnection, type TypeCastField } from 'mysql2'
import type { MysqlAccess } from '../contract/access.ts'
import { guardedSocket } from './guarded-socket.ts'
import { passwordPlugins } from './mysql-passwords.ts'

/** More than any answer to one statement of ours; a hostile server cannot fill the memory. */
const MAXIMUM_RECEIVED_BYTES = 64 * 1024 * 1024
/** Before the first question. */
const MAXIMUM_GREETING_BYTES = 1024 * 1024
/** What is one byte on the way is much more here: columns and rows, and the values in them. */
const MAXIMUM_PACKETS = 250_000
const MAXIMUM_VALUES = 1_000_000

/** What we use of the client library's inside. */
interface Wire {
  stream: Duplex
  startTLS(done: (error?: Error) => void): void
  handlePacket(packet?: { readonly sequenceId: number }): void
  readonly sequenceId: number
  readonly ['_handleNetworkError']: (error: Error) => void
  readonly packetParser: { execute(chunk: Buffer): void }
}

export interface StrictMysqlClient {
  readonly connection: Connection
  /** Breaks the connection at once. */
  readonly cut: (reason: Error) => void
  /** What the server sends from here on counts as one answer. */
  readonly nextAnswer: () => void
}

/** A client that begins to connect, and that will neither go to a wrong address nor show its password or its files to a server. */
export function strictMysqlClient(
  access: MysqlAccess,
  { database, lookup }: { readonly database?: string; readonly lookup?: LookupFunction }
): StrictMysqlClient {
  const socket = guardedSocket(access, lookup)
  const values = counter(MAXIMUM_VALUES)
  const connection = createConnection({
    stream: () => socket,
    user: access.user,
    password: access.password,
    ...(database !== undefined && { database }),
    // What it is made of is in `secured`.
    ...(access.tls !== undefined && { ssl: {} }),
    authPlugins: passwordPlugins(access.tls !== undefined),
    flags: ['-LOCAL_FILES', '-ODBC', '-IGNORE_SPACE'],
    charset: 'UTF8MB4_BIN',
    multipleStatements: false,
    // Ours has a limit for the connect, and rows are read without making code of what the server sends.
    connectTimeout: 0,
    disableEval: true,
    typeCast(field) {
      values.count()
      return valueOf(field)
    }
  })
  connection.on('error', () => undefined)
  const wire = connection as unknown as Wire
  const cut = (reason: Error) => void wire.stream.destroy(reason)
  if (access.tls !== undefined) secure(wire, access, cut)
  const packets = counter(MAXIMUM_PACKETS)
  demandOrder(wire, packets.count, cut)
  const nextBytes = limitAnswers(wire, cut)
  socket.connect(access.port)
  const nextAnswer = () => {
    for (const each of [packets, values]) each.reset()
    nextBytes()
  }
  return { connection, cut, nextAnswer }
}

/**
 * The library checks no name for an address, and keeps sessions of one server for another. Whatever came in clear text before the
 * server proved who it is, behind its greeting, is not listened to.
 */
function secure(wire: Wire, access: MysqlAccess, cut: StrictMysqlClient['cut']): void {
  const { ca, servername } = access.tls ?? {}
  const handle = wire.handlePacket.bind(wire)
  let isOpen = true
  wire.handlePacket = (packet) => {
    if (isOpen || packet === undefined) return handle(packet)
    cut(new Error('the server spoke before it was verified'))
  }
  wire.startTLS = (done) => {
    isOpen = false
    const plain = wire.stream
    plain.removeAllListeners('data')
    const secured: TLSSocket = connectTls({
      socket: plain,
      // The name that the certificate must carry.
      host: servername ?? access.host,
      ...(servername !== undefined && { servername }),
      ...(ca !== undefined && { ca }),
      rejectUnauthorized: true
    })
    secured.once('secureConnect', () => {
      isOpen = true
      done()
    })
    secured.on('error', (error) => wire['_handleNetworkError'](error))
    secured.on('data', (chunk) => wire.packetParser.execute(chunk))
    wire.stream = secured
  }
}

/** The library only complains of packets that are not the next ones, on our standard error, and takes them. */
function demandOrder(wire: Wire, count: () => void, cut: StrictMysqlClient['cut']): void {
  const handle = wire.handlePacket.bind(wire)
  wire.handlePacket = (packet) => {
    count()
    if (packet === undefined || packet.sequenceId === wire.sequenceId) return handle(packet)
    cut(new Error('the server sent what is not the next packet'))
  }
}

/** Throws where the library's parser reads, which `limitAnswers` guards. */
function counter(maximum: number) {
  let counted = 0
  return {
    count() {
      counted += 1
      if (counted > maximum) throw new RangeError('the server sent too much')
    },
    reset() {
      counted = 0
    }
  }
}

/** The library's parser throws at what it does not know, out of an event where nobody could catch it. */
function limitAnswers(wire: Wire, cut: StrictMysqlClient['cut']): () => void {
  let received = 0
  let limit = MAXIMUM_GREETING_BYTES
  const parser = wire.packetParser
  // The parser replaces its own `execute` as it reads.
  let next = parser.execute
  Object.defineProperty(parser, 'execute', {
    set: (execute: (chunk: Buffer) => void) => {
      next = execute
    },
    get: () => (chunk: Buffer) => {
      received += chunk.length
      if (received > limit) return cut(new RangeError('the server sent too much'))
      try {
        next.call(parser, chunk)
      } catch (error) {
        cut(error as Error)
      }
    }
  })
  return () => {
    received = 0
    limit = MAXIMUM_RECEIVED_BYTES
  }
}

const NUMBERS = ['TINY', 'SHORT', 'INT24', 'LONG', 'LONGLONG', 'YEAR', 'FLOAT', 'DOUBLE']

/** Answers are JSON; the sizes and counts we ask for fit a number. */
function valueOf(field: TypeCastField): unknown {
  const text = field.string('utf8')
  return text !== null && NUMBERS.includes(field.type) ? Number(text) : text
}
