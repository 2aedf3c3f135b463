import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface HostileStream {
  readonly port: number
  /** Bytes that the other side has taken, over all connections. */
  sent(): number
  connections(): number
  close(): Promise<void>
}

/** Sends without end, as fast as it is taken. */
export type Pour = (piece: Buffer | string) => void

/** A server on loopback that does with each connection what it is told, once it has been spoken to. */
export async function hostileStream(meet: (socket: Socket, pour: Pour) => void): Promise<HostileStream> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    meet(socket, (piece) => pourInto(socket, Buffer.from(piece as string)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    connections: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => {
        server.close(() => resolve())
      })
    }
  }
}

const PIECE_BYTES = 64 * 1024

function pourInto(socket: Socket, piece: Buffer): void {
  const many = Buffer.concat(Array.from({ length: Math.ceil(PIECE_BYTES / piece.length) }, () => piece))
  const go = () => {
    while (socket.writable && socket.write(many));
  }
  socket.on('drain', go)
  go()
}
