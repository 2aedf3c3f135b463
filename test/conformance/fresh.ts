import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Login, Order } from '../../src/contract/adapter.ts'
import type { OrderDetails } from './harness.ts'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** Names, marks and secrets in the forms that the core makes. */
export function freshOrder(details: OrderDetails, broker: string): Order {
  const seed = randomBytes(32)
  return {
    labels: {},
    allowFrom: ['127.0.0.1/32'],
    ...details,
    name: freshName('p'),
    mark: { broker, resource: randomUUID(), generation: 1 },
    secret: (label) => createHash('sha256').update(seed).update(label).digest('base64url')
  }
}

export function freshLogin(): Login {
  const middle = randomBytes(24).toString('base64url')
  return { name: freshName('b'), password: `aA1-${middle}0` }
}

export function freshName(letter: string): string {
  return letter + [...randomBytes(20)].map((byte) => BASE32[byte % 32]).join('')
}
