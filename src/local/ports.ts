import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { LocalServerError } from './local-server-error.ts'

/** Below the ports that systems hand to outgoing connections, so that a port remembered stays free while its server is down. */
const FIRST = 20_000
const LAST = 29_999
const TRIES = 200

/** A port of 127.0.0.1 that nobody listens on now and that is none of `except`. */
export async function chooseFreePort(except: readonly number[] = []): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = randomInt(FIRST, LAST + 1)
    if (!except.includes(port) && (await isFree(port))) return port
  }
  throw new LocalServerError(
    'port-taken',
    `No free port was found between ${FIRST} and ${LAST} on 127.0.0.1.`
  )
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
