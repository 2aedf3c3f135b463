import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** A PostgreSQL server's TLS: agrees to it, and hands everything inside on to a server on loopback that has none. */
export async function tlsFront(behind: number, certificate: string, key: string) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    socket.once('data', () => {
      const secured = new TLSSocket(socket, { isServer: true, cert: certificate, key })
      const inner = connect(behind, '127.0.0.1')
      for (const each of [socket, secured, inner]) {
        sockets.add(each)
        each.on('error', () => undefined)
        each.on('close', () => {
          secured.destroy()
          inner.destroy()
        })
      }
      secured.pipe(inner)
      inner.pipe(secured)
      socket.write('S')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    }
  }
}
