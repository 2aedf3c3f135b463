import { type AddressInfo, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** What a hostile server does after its greeting, one packet each, whenever the client has said something; a pair is one answer of two. */
export type Answers = readonly Buffer[]

export interface HostileMysql {
  readonly port: number
  /** All that was received, as bytes of latin1. */
  received(): string
  close(): Promise<void>
}

const CAPABILITIES = 0x81bff7df
const SSL = 0x800
const REQUEST_BYTES = 36

/** A server that speaks just enough of the protocol to greet, to answer what is said with `answers`, and keeps all it receives. */
export function hostileMysql(
  answers: Answers,
  { plugin = 'mysql_native_password', greeting = greetingOf(plugin, false) } = {}
): Promise<HostileMysql> {
  return listening((socket, keep) => {
    socket.write(greeting)
    answerOn(socket, answers, keep)
  })
}

/** The same behind TLS; `early` is sent in clear, right behind the greeting. */
export function hostileTlsMysql(
  answers: Answers,
  { certificate, key }: { readonly certificate: string; readonly key: string },
  { plugin = 'mysql_native_password', early }: { readonly plugin?: string; readonly early?: Buffer } = {}
): Promise<HostileMysql> {
  return listening((socket, keep) => {
    socket.write(Buffer.concat([greetingOf(plugin, true), early ?? Buffer.alloc(0)]))
    socket.once('data', (chunk: Buffer) => {
      // The client says hello to TLS right behind its request for it.
      socket.pause()
      if (chunk.length > REQUEST_BYTES) socket.unshift(chunk.subarray(REQUEST_BYTES))
      const secured = new TLSSocket(socket, { isServer: true, cert: certificate, key })
      secured.on('error', () => undefined)
      answerOn(secured, answers, keep)
    })
  })
}

function answerOn(socket: Socket, answers: Answers, keep: (chunk: Buffer) => void): void {
  const left = [...answers]
  socket.on('data', (chunk: Buffer) => {
    keep(chunk)
    // The next number after the client's, as the protocol wants it; of a new command the first.
    const sequence = ((chunk[3] ?? 0) + 1) % 256
    const next = left.shift()
    if (next !== undefined) socket.write(packet(sequence, next))
  })
}

/** As MySQL 8 would, with TLS or without. */
function greetingOf(plugin: string, tls: boolean): Buffer {
  const capabilities = tls ? CAPABILITIES | SSL : CAPABILITIES & ~SSL
  const low = Buffer.alloc(2)
  low.writeUInt16LE(capabilities & 0xffff)
  const high = Buffer.alloc(2)
  high.writeUInt16LE((capabilities >>> 16) & 0xffff)
  const body = Buffer.concat([
    Buffer.from('\x0a8.0.36\0\x01\0\0\0abcdefgh\0', 'latin1'),
    low,
    Buffer.from([255, 2, 0]),
    high,
    Buffer.from([21]),
    Buffer.alloc(10),
    Buffer.from(`ijklmnopqrst\0${plugin}\0`, 'latin1')
  ])
  return packet(0, body)
}

/** The greeting of one that takes native passwords. */
export const TEXT_GREETING = greetingOf('mysql_native_password', false)

export function packet(sequence: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUIntLE(body.length, 0, 3)
  head[3] = sequence
  return Buffer.concat([head, body])
}

export const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0])

/** Asks for another way to log in. */
export function switchTo(plugin: string): Buffer {
  return Buffer.from(`\xfe${plugin}\0abcdefghijklmnopqrst\0`, 'latin1')
}

async function listening(
  meet: (socket: Socket, keep: (chunk: Buffer) => void) => void
): Promise<HostileMysql> {
  const received: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    meet(socket, (chunk) => received.push(chunk))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(received).toString('latin1'),
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => {
        server.close(() => resolve())
      })
    }
  }
}
