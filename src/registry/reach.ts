import type { JsonObject } from '../contract/json.ts'

/** How far the `http` port of an adapter goes: settings that mean the same in all of them. */
export interface Reach {
  readonly network: 'public' | 'private'
  /** PEM, instead of the certificate authorities that Node trusts. */
  readonly ca?: string
}

export function reachOf({ network, ca }: JsonObject): Reach {
  return {
    network: network === 'private' ? 'private' : 'public',
    ...(typeof ca === 'string' ? { ca } : {})
  }
}
