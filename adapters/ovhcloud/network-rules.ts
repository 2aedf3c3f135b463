import { ProviderFailure } from '../../src/contract/errors.ts'
import type { NetworkRule } from './types.ts'

/** Throws `invalid` for none: OVHcloud would let nobody in. */
export function rulesFor(allowFrom: readonly string[]): readonly NetworkRule[] {
  if (allowFrom.length === 0) throw new ProviderFailure('invalid', 'no network is allowed to connect')
  const networks = [...new Set(allowFrom.map(withPrefix))]
  return networks.map((ip) => ({ ip, description: 'portolan' }))
}

export function sameRules(one: readonly NetworkRule[], other: readonly NetworkRule[]): boolean {
  const networks = new Set(other.map(({ ip }) => withPrefix(ip)))
  const mine = new Set(one.map(({ ip }) => withPrefix(ip)))
  return mine.size === networks.size && [...mine].every((ip) => networks.has(ip))
}

function withPrefix(network: string): string {
  if (network.includes('/')) return network.toLowerCase()
  return `${network.toLowerCase()}${network.includes(':') ? '/128' : '/32'}`
}
