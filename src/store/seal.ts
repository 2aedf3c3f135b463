import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

export interface Key {
  readonly id: string
  /** 32 bytes. */
  readonly key: Buffer
}

/** Where a sealed value stands; bound to it as associated data, so that it opens nowhere else. */
export interface Place {
  readonly table: string
  readonly column: string
  readonly row: string
}

/** AES-256-GCM under the first key of a ring; every key of it opens. A sealed value is `keyId.base64url(nonce, text, tag)`. */
export interface Seal {
  readonly keyId: string
  seal(place: Place, text: string): string
  open(place: Place, sealed: string): string
  /** Keyed hash, to compare without keeping the text: `keyId.base64url`. */
  hash(text: string): string
  /** Is this the hash of the text, whichever key of the ring made it? */
  matches(hash: string, text: string): boolean
  /** Was it made with the key that seals now? */
  isCurrent(sealedOrHash: string): boolean
  /** A key for one purpose, derived from the key of that id; absent when the ring has none. */
  derived(keyId: string, purpose: string): Buffer | undefined
}

export class CannotOpen extends Error {
  override readonly name = 'CannotOpen'
}

const NONCE = 12
const TAG = 16

export function openSeal(ring: readonly Key[]): Seal {
  const first = ring[0]
  if (!first) throw new CannotOpen('no encryption key is configured: set PORTOLAN_KEYS')
  const keys = new Map(ring.map(({ id, key }) => [id, key]))

  function keyOf(id: string): Buffer {
    const key = keys.get(id)
    if (!key)
      throw new CannotOpen(
        `something was sealed with the key "${id}", which is not among the configured keys`
      )
    return key
  }

  function open(place: Place, sealed: string): string {
    const [id = '', body = ''] = sealed.split('.', 2)
    const bytes = Buffer.from(body, 'base64url')
    const key = keyOf(id)
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG })
      decipher.setAAD(associated(place, id))
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG))
      const text = decipher.update(bytes.subarray(NONCE, bytes.length - TAG))
      return Buffer.concat([text, decipher.final()]).toString('utf8')
    } catch {
      throw new CannotOpen(
        `the key "${id}" does not open ${place.table}.${place.column}: it is another key, or the value was changed`
      )
    }
  }

  return {
    keyId: first.id,
    seal(place, text) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', first.key, nonce)
      cipher.setAAD(associated(place, first.id))
      const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${first.id}.${body.toString('base64url')}`
    },
    open,
    hash: (text) => `${first.id}.${hashWith(first.key, text)}`,
    matches(hash, text) {
      const [id = '', digest] = hash.split('.', 2)
      return hashWith(keyOf(id), text) === digest
    },
    isCurrent: (sealed) => sealed.startsWith(`${first.id}.`),
    derived(id, purpose) {
      const key = keys.get(id)
      return key && Buffer.from(hkdfSync('sha256', key, '', `portolan ${purpose}`, 32))
    }
  }
}

function hashWith(key: Buffer, text: string): string {
  return createHmac('sha256', key).update('request\0').update(text).digest('base64url')
}

function associated(place: Place, keyId: string): Buffer {
  return Buffer.from([place.table, place.column, place.row, keyId].join('\0'))
}
