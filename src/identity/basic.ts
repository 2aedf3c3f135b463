const TOKEN68 = /^[A-Za-z0-9+/]+={0,2}$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export interface Basic {
  readonly username: string
  readonly password: string
}

/**
 * `Basic` credentials (RFC 7617 §2), strictly: one token68 that is canonical base64 of UTF-8 text with a colon and without control
 * characters. Anything else is `undefined`, whatever was wrong with it.
 */
export function parseBasic(header: string): Basic | undefined {
  const space = header.indexOf(' ')
  if (space === -1 || header.slice(0, space).toLowerCase() !== 'basic') return undefined
  const text = decode(header.slice(space + 1).trim())
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon === -1 || hasControl(text)) return undefined
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

function decode(token: string): string | undefined {
  if (!TOKEN68.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64')
  const padded = bytes.toString('base64')
  if (token !== padded && token !== padded.replace(/=+$/, '')) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
