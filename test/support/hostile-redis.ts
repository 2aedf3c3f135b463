import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** A server that answers whatever it is asked with `answer`, and keeps all it receives. */
export function hostileRedis(answer: string) {
  return listening((meet) => createServer(meet), answer)
}

/** The same behind TLS. */
export function hostileTlsRedis(answer: string, certificate: string, key: string) {
  return listening((meet) => createTlsServer({ cert: certificate, key }, meet), answer)
}

async function listening(create: (meet: (socket: Socket) => void) => Server, answer: string) {
  const received: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = create((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received.push(chunk)
      socket.write(answer)
    })
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
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
