import type { JsonObject } from '../contract/json.ts'

/** The three kinds of catalog file, as `schema.json` describes them. */
export interface ServiceFile {
  readonly kind: 'service'
  readonly id: string
  readonly name: string
  readonly family: string
  readonly description: string
  readonly tags?: readonly string[]
  readonly allowContextUpdates?: boolean
  readonly metadata?: JsonObject
}

export interface ProviderFile {
  readonly kind: 'provider'
  readonly displayName: string
  readonly country: string
  readonly regions: readonly { readonly name: string; readonly country: string }[]
  readonly certifications?: readonly {
    readonly name: string
    readonly scope?: string
    readonly validUntil?: string
  }[]
}

export interface PlansFile {
  readonly kind: 'plans'
  /** True: left out without a word where the provider has no driver for the service. */
  readonly optional?: boolean
  readonly plans: readonly PlanEntry[]
}

export interface PlanEntry {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly regions: readonly string[]
  readonly defaultRegion?: string
  readonly synchronous?: boolean
  readonly free: boolean
  readonly bindable?: boolean
  readonly bindingRotatable?: boolean
  readonly planUpdateable?: boolean
  readonly bindingLifetimeSeconds?: number
  readonly renewLeadSeconds?: number
  readonly maximumPollingDurationSeconds?: number
  readonly maintenanceInfo?: { readonly version: string; readonly description?: string }
  readonly isolation: 'shared' | 'dedicated'
  readonly driverPlan: JsonObject
  readonly metadata?: JsonObject
}

/** A file that has the right shape, and where it stands. */
export interface Source<File> {
  readonly file: string
  /** The file's name without `.yaml`; for `provider.yaml` the folder's. */
  readonly name: string
  readonly content: File
  lineOf(path: readonly (string | number)[]): number
}

export interface Sources {
  readonly services: readonly Source<ServiceFile>[]
  readonly providers: readonly Source<ProviderFile>[]
  readonly plans: readonly (Source<PlansFile> & { readonly provider: string })[]
}
