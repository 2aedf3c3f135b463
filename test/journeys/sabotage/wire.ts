import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One message of a client: its type and its content, without its length. */
export interface Message {
  readonly type: string
  readonly content: Buffer
}

/** Who hears every message that one connection sends to the server. Answers what goes on, or that both ends are cut. */
export type Tamper = (message: Message) => readonly Message[] | 'cut'

export interface Wire {
  readonly port: number
  /** For connections from now on, each with a tamper of its own. */
  tamper(make: (() => Tamper) | undefined): void
  stop(): Promise<void>
}

const PROTOCOL_3 = 196_608

/** A man in the middle of a line without TLS, who understands what the client says. */
export async function startWire(server: { readonly host: string; readonly port: number }): Promise<Wire> {
  let make: (() => Tamper) | undefined
  const open = new Set<Socket>()
  const listener = createServer((client) => {
    const upstream = connect(server.port, server.host)
    const both = [client, upstream]
    const cut = () => both.forEach((socket) => socket.destroy())
    for (const socket of both) {
      open.add(socket)
      socket.setNoDelay(true)
      socket.on('error', cut)
      socket.on('close', () => {
        open.delete(socket)
        cut()
      })
    }
    upstream.pipe(client)
    const tamper = make?.()
    if (tamper === undefined) return void client.pipe(upstream)
    const read = reader(
      (message) => {
        const answer = tamper(message)
        if (answer === 'cut') return cut()
        for (const each of answer) upstream.write(bytesOf(each))
      },
      (bytes) => upstream.write(bytes)
    )
    client.on('data', read)
    client.on('end', () => upstream.end())
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    tamper(next) {
      make = next
    },
    async stop() {
      for (const socket of open) socket.destroy()
      listener.close()
      await once(listener, 'close')
    }
  }
}

/** Before the start-up message nothing has a type: that goes to `early`. */
function reader(hear: (message: Message) => void, early: (bytes: Buffer) => void): (chunk: Buffer) => void {
  let left: Buffer = Buffer.alloc(0)
  let hasBegun = false
  return (chunk) => {
    left = Buffer.concat([left, chunk])
    for (;;) {
      const at = hasBegun ? 1 : 0
      if (left.length < at + 4) return
      const end = at + left.readUInt32BE(at)
      if (left.length < end) return
      const whole = left.subarray(0, end)
      left = left.subarray(end)
      if (hasBegun) hear({ type: String.fromCharCode(whole[0] ?? 0), content: whole.subarray(5) })
      else {
        hasBegun = whole.readUInt32BE(4) === PROTOCOL_3
        early(whole)
      }
    }
  }
}

function bytesOf({ type, content }: Message): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeUInt32BE(content.length + 4, 1)
  return Buffer.concat([head, content])
}
