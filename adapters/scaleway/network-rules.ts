import { ProviderFailure } from '../../src/contract/errors.ts'
import type { AclRule } from './types.ts'

const MAXIMUM_RULES = 50

/** Throws `invalid` for a list that would leave the instance open or closed to all, or that Scaleway does not take. */
export function rulesFor(allowFrom: readonly string[]): readonly AclRule[] {
  if (allowFrom.length === 0) throw new ProviderFailure('invalid', 'no network is allowed to connect')
  const networks = [...new Set(allowFrom.map(withPrefix))]
  if (networks.length > MAXIMUM_RULES) {
    throw new ProviderFailure(
      'invalid',
      `Scaleway takes ${MAXIMUM_RULES} network rules, not ${networks.length}`
    )
  }
  return networks.map((ip) => ({ ip, description: 'portolan' }))
}

export function sameRules(one: readonly AclRule[], other: readonly AclRule[]): boolean {
  const networks = new Set(other.map(({ ip }) => withPrefix(ip)))
  const mine = new Set(one.map(({ ip }) => withPrefix(ip)))
  return mine.size === networks.size && [...mine].every((ip) => networks.has(ip))
}

function withPrefix(network: string): string {
  if (network.includes('/')) return network.toLowerCase()
  return `${network.toLowerCase()}${network.includes(':') ? '/128' : '/32'}`
}
