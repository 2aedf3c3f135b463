import { type AddressInfo, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** A server that speaks just enough of the protocol to answer the start-up message with `answer`, and keeps all it receives. */
export function hostilePostgres(answer: Buffer) {
  return listening((socket, keep) => {
    socket.once('data', () => socket.write(answer))
    socket.on('data', keep)
  })
}

/** The same behind TLS: agrees to it, then answers the start-up message inside. */
export function hostileTlsPostgres(answer: Buffer, certificate: string, key: string) {
  return listening((socket, keep) => {
    socket.once('data', () => {
      const secured = new TLSSocket(socket, { isServer: true, cert: certificate, key })
      secured.on('error', () => undefined)
      secured.once('data', () => secured.write(answer))
      secured.on('data', keep)
      socket.write('S')
    })
  })
}

async function listening(meet: (socket: Socket, keep: (chunk: Buffer) => void) => void) {
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
      return new Promise((resolve) => server.close(resolve))
    }
  }
}

/** One message of the server: a letter, the length, the body. */
export function message(letter: string, ...body: readonly (number | string)[]): Buffer {
  const parts = body.map((part) => (typeof part === 'number' ? int32(part) : Buffer.from(part, 'latin1')))
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(letter), int32(content.length + 4), content])
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}
