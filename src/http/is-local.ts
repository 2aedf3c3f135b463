import type { IncomingMessage } from 'node:http'

const LOOPBACK = /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/** An address or `localhost`, with or without a port. */
const LOCAL_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i

/**
 * From this machine and meant for it. What a proxy on this machine passes on comes from elsewhere, and so does what a browser on it
 * sends for a page whose name suddenly leads here (DNS rebinding): both tell another Host.
 */
export function isLocal({ socket, headers }: IncomingMessage): boolean {
  return (
    LOOPBACK.test(socket.remoteAddress ?? '') &&
    LOCAL_HOST.test(headers.host ?? 'localhost') &&
    PROXY_HEADERS.every((name) => headers[name] === undefined)
  )
}
