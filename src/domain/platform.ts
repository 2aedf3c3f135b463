/** What a platform may see; absent means everything. Decided per (plan, region), see `visibleRegions`. */
export interface Sees {
  readonly providers?: readonly string[]
  /** ISO 3166-1 alpha-2. */
  readonly countries?: readonly string[]
  /** Each must be held by the provider. */
  readonly certifications?: readonly string[]
  /** Plan names or ids. */
  readonly plans?: readonly string[]
}

/** One Cloud Foundry, one cluster: a key of `platforms` in portolan.yaml. */
export interface Platform {
  readonly name: string
  readonly sees: Sees
  readonly quotas: { readonly instances?: number; readonly instancesPerOrganization?: number }
  /** CIDR blocks that may connect to what this platform orders. */
  readonly allowFrom: readonly string[]
  /** Ids of findings of a move that nobody may accept: `leaves-eea`, `loses-certification` (any) or `loses-certification:c5`. */
  readonly forbids?: readonly string[]
}
