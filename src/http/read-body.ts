import type { IncomingMessage } from 'node:http'
import { Refusal } from '../domain/refusal.ts'

const LARGEST_BYTES = 1024 * 1024
/** Up to this size a body that is too large is swallowed, so that the client is ready to read the refusal. */
const SWALLOWED_BYTES = 8 * 1024 * 1024

/** The whole body of at most 1 MiB; throws a Refusal for a larger one or one that ends early. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= LARGEST_BYTES) chunks.push(chunk)
      else chunks.length = 0
      if (size > SWALLOWED_BYTES) reject(tooLarge())
    })
    request.on('end', () => (size > LARGEST_BYTES ? reject(tooLarge()) : resolve(Buffer.concat(chunks))))
    request.on('error', () => reject(endedEarly()))
    request.on('close', () => reject(endedEarly()))
  })
}

/** A body whose announced size is beyond swallowing is not read at all. */
export function refuseAnnouncedSize(request: IncomingMessage): void {
  if (Number(request.headers['content-length'] ?? 0) > SWALLOWED_BYTES) throw tooLarge()
}

function tooLarge(): Refusal {
  return new Refusal(413, 'The body is larger than 1 MiB.')
}

function endedEarly(): Refusal {
  return new Refusal(400, 'The request ended before its body was complete.')
}
