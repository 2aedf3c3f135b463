import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { accessTo } from './access.ts'
import { createApp } from './app.ts'
import type { Edge, Phase } from './edge.ts'
import { errorBody } from './error-body.ts'
import { routeFinder } from './find-route.ts'
import { requestIds } from './request-id.ts'
import { routes } from './routes.ts'
import { shortWay } from './short-way.ts'

export interface Listening {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer }
}

export interface EdgeServer {
  readonly url: string
  readonly port: number
  /** From now on /readyz says 503, while everything is still served. */
  drain(): void
  /** Takes no new connections, finishes what runs, and after `graceSeconds` ends what is left. May be called again. */
  close(graceSeconds?: number): Promise<void>
}

/** Longer than load balancers keep a connection idle (60 to 75 s): who closes first must be they, or a request gets lost. */
const KEEP_ALIVE_MS = 95_000
const LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 5_000,
  // Refused by the middleware instead, with a JSON body.
  requireHostHeader: false
}
/** Of silence on a connection; longer than any answer may take. */
const SILENCE_MS = 120_000
const TLS_HANDSHAKE_MS = 10_000

/** Listens as soon as it returns; rejects with the system's error when it cannot. */
export async function startServer(edge: Edge, listening: Listening): Promise<EdgeServer> {
  const phase: Phase = { draining: false }
  const unused = new Set<Socket>()
  const serve = requestListener(edge, phase, unused)
  const server = createServer(serve, listening)
  // Else Node answers an expectation that it does not know itself, past the door, and without a body.
  server.on('checkExpectation', serve)
  server.on(listening.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    unused.add(socket)
    socket.on('close', () => unused.delete(socket))
  })
  server.timeout = SILENCE_MS
  server.on('clientError', answerBrokenRequest)
  await listen(server, listening)
  const { port } = server.address() as AddressInfo
  const scheme = listening.tls ? 'https' : 'http'
  const close = closer(server, phase, unused)
  return {
    url: `${scheme}://${listening.host.includes(':') ? `[${listening.host}]` : listening.host}:${port}`,
    port,
    drain() {
      phase.draining = true
    },
    close
  }
}

/** `unused` loses each connection with its first request. */
function requestListener(edge: Edge, phase: Phase, unused: Set<Socket>) {
  const access = accessTo(edge.requestLog, edge.metrics)
  const nextRequestId = requestIds()
  const findRoute = routeFinder(routes(edge, phase))
  const short = shortWay(edge, phase, access, findRoute, nextRequestId)
  const long = createApp(edge, phase, access, findRoute, nextRequestId).callback()
  return (request: IncomingMessage, response: ServerResponse): void => {
    unused.delete(request.socket)
    const isAnswered = short(request, response)
    if (isAnswered === false) void long(request, response)
    else if (isAnswered !== true) void isAnswered.then((is) => (is ? undefined : long(request, response)))
  }
}

function createServer(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  { tls }: Listening
): Server {
  if (tls === undefined) return createHttpServer(LIMITS, listener)
  return createHttpsServer(
    { ...LIMITS, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: TLS_HANDSHAKE_MS },
    listener
  )
}

function listen(server: Server, { host, port }: Listening): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function closer(server: Server, phase: Phase, unused: ReadonlySet<Socket>): EdgeServer['close'] {
  let closed: Promise<void> | undefined
  return (graceSeconds = 8) => {
    phase.draining = true
    closed ??= new Promise((resolve) => {
      const patience = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000)
      server.close(() => {
        clearTimeout(patience)
        resolve()
      })
      server.closeIdleConnections()
      // Node counts a connection as idle only after its first request.
      for (const socket of unused) socket.destroy()
    })
    return closed
  }
}

const BROKEN: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request took too long to arrive.']
}

/** What is not HTTP never becomes a request; it is answered here, and its connection ends. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || (socket as Socket).bytesWritten > 0) {
    socket.destroy()
    return
  }
  const [status, reason, description] = BROKEN[error.code ?? ''] ?? [
    400,
    'Bad Request',
    'The request is not valid HTTP.'
  ]
  const text = JSON.stringify(errorBody(status, description))
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`
  )
}
