import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** One instance's address, before a server that many instances share. */
export interface Front {
  readonly port: number
  close(): void
}

export interface FrontOptions {
  /** The server behind it, on loopback. */
  readonly port: number
  readonly certificate: string
  readonly key: string
  /** The login that every instance of the provider has, and what it is called on the shared server. */
  readonly admin: { readonly shown: string; readonly real: string }
  /** Whether any network may connect; asked at each connection. */
  readonly isOpen: () => boolean
}

const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104
const CANCEL_REQUEST = 80877102

/** Where a provider's instances have one name for their administrators: TLS only, and the name is changed on the way in. */
export async function postgresqlFront(options: FrontOptions): Promise<Front> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    if (!options.isOpen()) {
      socket.destroy()
      return
    }
    void greet(socket, options).catch(() => socket.destroy())
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

async function greet(socket: Socket, options: FrontOptions): Promise<void> {
  const first = await message(socket)
  const code = first.readUInt32BE(4)
  if (code === CANCEL_REQUEST) {
    join(socket, first, options.port)
    return
  }
  if (code === GSS_REQUEST) {
    socket.write('N')
    return greet(socket, options)
  }
  if (code !== SSL_REQUEST) {
    socket.end(refusal('28000', 'no pg_hba.conf entry for this host, no encryption'))
    return
  }
  const secured = new TLSSocket(socket, { isServer: true, cert: options.certificate, key: options.key })
  secured.on('error', () => undefined)
  socket.write('S')
  const startup = await message(secured)
  join(
    secured,
    startup.readUInt32BE(4) === CANCEL_REQUEST ? startup : renamed(startup, options.admin),
    options.port
  )
}

function refusal(code: string, text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`)
  const head = Buffer.from('E....')
  head.writeUInt32BE(4 + fields.length, 1)
  return Buffer.concat([head, fields])
}

/** The first message of a connection, which has its length and no type. Nothing follows it before it was answered. */
function message(from: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let held = Buffer.alloc(0)
    const take = (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      if (held.length < 8 || held.length < held.readUInt32BE(0)) return
      from.off('data', take)
      from.pause()
      resolve(held)
    }
    from.on('data', take)
    from.once('close', () => reject(new Error('closed')))
    from.resume()
  })
}

/** The startup message with the administrator's real name in it. */
function renamed(startup: Buffer, { shown, real }: FrontOptions['admin']): Buffer {
  const words = startup.toString('utf8', 8).split('\0')
  const at = words.findIndex((word, index) => index % 2 === 0 && word === 'user')
  if (at < 0 || words[at + 1] !== shown) return startup
  words[at + 1] = real
  const rest = Buffer.from(words.join('\0'))
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + rest.length, 0)
  startup.copy(head, 4, 4, 8)
  return Buffer.concat([head, rest])
}

function join(outside: Duplex, first: Buffer, port: number): void {
  const inside = connect(port, '127.0.0.1')
  inside.on('error', () => undefined)
  for (const each of [outside, inside]) {
    each.on('close', () => {
      outside.destroy()
      inside.destroy()
    })
  }
  inside.write(first)
  outside.pipe(inside)
  inside.pipe(outside)
}
