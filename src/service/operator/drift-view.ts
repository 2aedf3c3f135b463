import type { Resource } from '../../domain/resource.ts'

/** How what stands at the providers differs from what the store says. Nothing at a provider is changed by looking. */
export interface Drift {
  /** They stand there with our mark, and the store does not know them: made after it was. */
  readonly orphans: readonly OrphanView[]
  /** Orphans that the store knows: it says that they are gone, and they stand there. */
  readonly leftovers: readonly DriftingResource[]
  /** The store says that they stand, and they are not there: removed after it was. */
  readonly missing: readonly DriftingResource[]
  /** Their mark tells another generation. */
  readonly differing: readonly DriftingResource[]
  /** They are there, and the provider says that they will not work. */
  readonly broken: readonly DriftingResource[]
  /** Where nobody can tell, and why. */
  readonly unlisted: readonly Unlisted[]
}

/** What an operator may do about it. */
export interface Choice {
  readonly choice: 'adopt' | 'delete' | 'erase' | 'forget' | 'look'
  /** Words in capitals are the operator's to fill in. */
  readonly command: string
  /** Not before then. */
  readonly from?: string
}

export interface OrphanView {
  readonly provider: string
  readonly family: string
  readonly region: string
  /** Its name at the provider. */
  readonly name: string
  /** Of its mark. */
  readonly resource: string
  readonly generation: number
  /** Absent while the broker recovers: nothing is remembered then. */
  readonly firstSeen?: string
  readonly choices: readonly Choice[]
}

export interface DriftingResource {
  readonly provider: string
  readonly family: string
  readonly region: string
  /** Its name at the provider. */
  readonly name: string
  readonly resource: string
  readonly state: Resource['state']
  readonly platform: string
  /** Ours; empty for what never had one. */
  readonly instance: string
  /** The platform's own. */
  readonly osbInstance: string
  readonly generation: number
  /** What the mark says, where it says something else. */
  readonly found?: number
  /** Of a leftover, as of an orphan. */
  readonly firstSeen?: string
  /** What the provider says of it. */
  readonly text?: string
  readonly choices: readonly Choice[]
}

export interface Unlisted {
  readonly provider: string
  readonly family: string
  /** Its driver has no list, it did not answer, or it is not in the settings. */
  readonly why: 'no list' | 'no answer' | 'not configured'
  readonly text: string
}
