import type { JsonObject } from '../contract/json.ts'

/** A plan as the catalog files describe it. Plain JSON: a plan revision in the store is exactly this. */
export interface Plan {
  /** A GUID written in the file, stable for ever. */
  readonly id: string
  /** Unique within the offering: `berlin-small`. */
  readonly name: string
  readonly description: string
  readonly offeringId: string
  readonly family: string
  /** A key of `providers` in portolan.yaml. */
  readonly provider: string
  /** What the driver is told, checked against its `planSchema`. */
  readonly driverPlan: JsonObject
  /** At least one. */
  readonly regions: readonly string[]
  readonly defaultRegion: string
  /** Finished within the request where it can be: works without `accepts_incomplete`. */
  readonly synchronous: boolean
  readonly free: boolean
  readonly bindable: boolean
  readonly bindingRotatable: boolean
  readonly planUpdateable: boolean
  /** Provision needs this many days of credential lifetime; absent: bindings never expire. */
  readonly bindingLifetimeSeconds?: number
  readonly renewLeadSeconds?: number
  readonly maximumPollingDurationSeconds: number
  readonly maintenanceInfo?: { readonly version: string; readonly description?: string }
  /** `shared`: other tenants live on the same server. */
  readonly isolation: 'shared' | 'dedicated'
  /** OSB metadata as published: displayName, bullets, costs … */
  readonly metadata: JsonObject
  /** Parameter schemas, draft-04; `region` is already in `create`. */
  readonly createSchema: JsonObject
  readonly updateSchema: JsonObject
  readonly bindSchema: JsonObject
}

export interface Offering {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly family: string
  readonly tags: readonly string[]
  readonly metadata: JsonObject
  readonly allowContextUpdates: boolean
  readonly plans: readonly Plan[]
}

/** Who sells, from `catalog/providers/<name>/provider.yaml`. */
export interface Provider {
  readonly name: string
  readonly displayName: string
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string
  readonly regions: readonly { readonly name: string; readonly country: string }[]
  readonly certifications: readonly string[]
}

/** One loaded set of catalog files. Never changes; a reload makes a new one. */
export interface Catalog {
  readonly offerings: readonly Offering[]
  readonly providers: ReadonlyMap<string, Provider>
  offering(id: string): Offering | undefined
  plan(id: string): Plan | undefined
}
