import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: Buffer
}

const SILENCE_MS = 15_000

/**
 * Bytes as they are over a connection of their own, past every client library; `undefined` when the other side closed without a
 * word. Rejects when it says nothing for 15 seconds. `isHalfClosed` says at once that nothing more will come, which Node's server
 * takes for a client that has gone: then there may be no answer, but nobody waits for the rest of a request either.
 */
export function rawExchange(
  port: number,
  bytes: Buffer,
  isHalfClosed = false
): Promise<RawAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    const settle = () => {
      try {
        resolve(parseAnswer(Buffer.concat(chunks)))
      } catch (error) {
        reject(error)
      }
    }
    socket.setTimeout(SILENCE_MS, () => {
      socket.destroy()
      reject(new Error(`no answer within ${SILENCE_MS / 1000} seconds`))
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    // A refusal may come before all was sent: what arrived counts.
    socket.on('error', () => undefined)
    socket.on('close', settle)
    socket.on('connect', () => (isHalfClosed ? socket.end(bytes) : socket.write(bytes)))
  })
}

function parseAnswer(bytes: Buffer): RawAnswer | undefined {
  if (bytes.length === 0) return undefined
  if (/^HTTP\/1\.1 1\d\d /.test(bytes.subarray(0, 13).toString('latin1')))
    return parseAnswer(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4))
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) throw new Error(`not an HTTP answer: ${bytes.toString('latin1').slice(0, 200)}`)
  const head = bytes.subarray(0, end).toString('latin1')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? Number.NaN)
  const raw = bytes.subarray(end + 4)
  const whole = /^transfer-encoding: chunked/im.test(head) ? dechunked(raw) : raw
  const body = /^content-encoding: gzip/im.test(head) && whole.length > 0 ? gunzipSync(whole) : whole
  return { status, head, body }
}

function dechunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    if (lineEnd === -1 || !(size > 0)) return Buffer.concat(parts)
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}
