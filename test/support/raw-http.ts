import { connect, type Socket } from 'node:net'

export interface RawConnection {
  readonly socket: Socket
  /** All that has arrived, once `part` is in it or the other side has closed. */
  until(part: string): Promise<string>
  closed(): Promise<string>
}

/** Bytes as they are, past every client library. */
export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let isClosed = false
  const watchers = new Set<() => void>()
  const tell = () => {
    for (const watcher of watchers) watcher()
  }
  socket.setEncoding('latin1')
  socket.on('data', (chunk) => {
    text += chunk
    tell()
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    isClosed = true
    tell()
  })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))

  const when = (isTrue: () => boolean) =>
    new Promise<string>((resolve) => {
      const watcher = () => {
        if (!isTrue()) return
        watchers.delete(watcher)
        resolve(text)
      }
      watchers.add(watcher)
      watcher()
    })
  return {
    socket,
    until: (part) => when(() => text.includes(part) || isClosed),
    closed: () => when(() => isClosed)
  }
}

/** One request, one connection; everything that came back. */
export async function rawRequest(port: number, request: string): Promise<string> {
  const connection = await rawConnection(port)
  connection.socket.write(request, 'latin1')
  connection.socket.setTimeout(3000, () => connection.socket.destroy())
  return connection.closed()
}
