import { Refusal } from '../domain/refusal.ts'

const LONGEST_ID_BYTES = 255

/** The path of a request target as it was sent, without query; also of the absolute form (RFC 9112 §3.2.2). */
export function pathOf(target: string): string {
  const origin = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '')
  const end = origin.search(/[?#]/)
  return end === -1 ? origin : origin.slice(0, end)
}

export function queryOf(target: string): URLSearchParams {
  const start = target.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : target.slice(start + 1))
}

/** An id of the path, decoded exactly once and from then on only compared. */
export function decodeId(segment: string): string {
  const id = segment.includes('%') ? decode(segment) : segment
  if (id === '' || Buffer.byteLength(id) > LONGEST_ID_BYTES)
    throw new Refusal(400, `An id in the path must have 1 to ${LONGEST_ID_BYTES} bytes.`)
  if (/\p{Cc}/u.test(id)) throw new Refusal(400, 'An id in the path must not have control characters.')
  return id
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Refusal(400, 'An id in the path is not percent-encoded UTF-8.')
  }
}
