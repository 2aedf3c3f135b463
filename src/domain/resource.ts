import type { Handle } from '../contract/adapter.ts'

export type ResourceState = 'making' | 'active' | 'target' | 'retained' | 'erasing' | 'gone'

/** What stands at a provider, or is about to. */
export interface Resource {
  readonly id: string
  readonly instance: string
  readonly platform: string
  readonly provider: string
  readonly family: string
  readonly region: string
  /** Its name at the provider, random. */
  readonly name: string
  readonly generation: number
  readonly state: ResourceState
  /** Digest of the plan revision it was ordered by. */
  readonly revision: string
  /** 32 random bytes in base64url; every secret of the resource derives from it. */
  readonly seed: string
  /** Absent until the driver has chosen: nothing can stand at the provider yet. */
  readonly handle?: Handle
  /** Until when a retained one is kept. */
  readonly retainedUntil?: number
}
