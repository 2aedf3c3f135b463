import { randomBytes } from 'node:crypto'
import { isSigningScalar } from '../domain/signing-scalar.ts'
import type { Key } from './config.ts'
import type { Report } from './environment.ts'

const FORM = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/

/** `id:base64,id:base64,…`; mistakes are told by position, never with what was written. */
export function parseKeys(setting: string, written: string | readonly string[], report: Report): Key[] {
  const parts = (typeof written === 'string' ? written.split(',') : written).map((part) => part.trim())
  const keys = parts.flatMap((part, index) => {
    const key = parseKey(part)
    if (key === undefined)
      report(`${setting}: key number ${index + 1} is not of the form id:base64 with 32 bytes in base64`, [
        setting
      ])
    return key ?? []
  })
  if (new Set(keys.map(({ id }) => id)).size < keys.length)
    report(`${setting}: two keys have one id`, [setting])
  return keys
}

/** Not every 32 bytes are a private key of P-256, though nearly all are. */
export function refuseUnfitToSign(setting: string, keys: readonly Key[], report: Report): void {
  for (const { id, key } of keys)
    if (!isSigningScalar(key))
      report(
        `${setting}: key ${id} is out of the range of P-256; make another with openssl rand -base64 32`,
        [setting]
      )
}

export function newKey(id: string): Key {
  return { id, key: randomBytes(32) }
}

export function writeKey({ id, key }: Key): string {
  return `${id}:${key.toString('base64')}`
}

function parseKey(text: string): Key | undefined {
  const [, id, base64] = FORM.exec(text) ?? []
  if (id === undefined || base64 === undefined) return undefined
  const key = Buffer.from(base64, 'base64')
  return key.length === 32 ? { id, key } : undefined
}
