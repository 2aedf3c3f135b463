import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** One instance's address, before a server that does its own TLS, or for which it is done here. */
export interface Front {
  readonly port: number
  close(): void
}

export interface FrontOptions {
  /** The server behind it, on loopback. */
  readonly port: number
  /** Whether any network may connect; asked at each connection. */
  readonly isOpen: () => boolean
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** What has to happen before a connection reaches the server. */
  readonly beforehand: () => Promise<void>
}

export async function front(options: FrontOptions): Promise<Front> {
  const sockets = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    if (!options.isOpen()) {
      socket.destroy()
      return
    }
    void options.beforehand().then(
      () => join(securedBy(options, socket), options.port),
      () => socket.destroy()
    )
  })
  server.unref()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
  }
}

function securedBy({ tls }: FrontOptions, socket: Socket): Socket {
  if (tls === undefined) return socket
  const secured = new TLSSocket(socket, { isServer: true, cert: tls.certificate, key: tls.key })
  secured.on('error', () => undefined)
  return secured
}

function join(outside: Socket, port: number): void {
  const inside = connect(port, '127.0.0.1')
  inside.on('error', () => undefined)
  for (const each of [outside, inside]) {
    each.on('close', () => {
      outside.destroy()
      inside.destroy()
    })
  }
  outside.pipe(inside)
  inside.pipe(outside)
}
