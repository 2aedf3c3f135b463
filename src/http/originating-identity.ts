import { Refusal } from '../domain/refusal.ts'

const LONGEST = 4096

/**
 * `platform base64(JSON object)`, kept as it was claimed. What does not read so is dropped: a mistake in it must not stop a request,
 * because it authorises nothing. Only one that is too long to keep is refused.
 */
export function originatingIdentity(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined
  if (header.length > LONGEST)
    throw new Refusal(400, `X-Broker-API-Originating-Identity is longer than ${LONGEST} bytes.`)
  const [, encoded] = /^[\w.-]{1,64} +([A-Za-z0-9+/_-]+={0,2})$/.exec(header.trim()) ?? []
  return encoded !== undefined && isJsonObject(Buffer.from(encoded, 'base64').toString())
    ? header.trim()
    : undefined
}

function isJsonObject(text: string): boolean {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
