import type { Finding, ResourceFinding } from '../../contract/adapter.ts'
import type { ProviderFailure } from '../../contract/errors.ts'
import type { JsonObject } from '../../contract/json.ts'
import type { Checkpoint, Recovery } from '../../domain/checkpoint.ts'
import type { Listing, Observed } from '../../domain/drift.ts'
import type { Plan } from '../../domain/offer.ts'
import type { Platform } from '../../domain/platform.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Writes } from '../../store/write-watch.ts'
import type { Deps } from '../deps.ts'

/** What the operators' use cases need of the rooms beside them. */
export interface OperatorDeps extends Deps {
  readonly brokerId: string
  readonly catalog: Deps['catalog'] & {
    /** Why the files as they are now are not the current catalog. */
    problems(): readonly { readonly file: string; readonly line: number; readonly text: string }[]
  }
  /** Names of the configured providers. */
  readonly providers: readonly string[]
  /** Asks one provider, within seconds; what is wrong is a finding, never an error. */
  readonly inspect: (provider: string) => Promise<readonly Finding[]>
  /** The same for one resource that stands. */
  readonly inspectResource: (resource: Resource) => Promise<readonly ResourceFinding[]>
  /** A configured platform. */
  platform(name: string): Platform | undefined
  /** Hosts of providers that this process leaves alone because they do not answer. */
  readonly circuits: () => readonly {
    readonly provider: string
    readonly target: string
    /** 0: the next call is let through. */
    readonly restsForMs: number
  }[]
  /** What stands at one provider with our mark, for each of its services. */
  readonly list: (provider: string) => Promise<readonly Listing[]>
  /** Asks for one resource, within seconds; why nobody can tell is an answer too. */
  readonly observe: (resource: Resource) => Promise<Observed>
  /** What an adoption would fail with, as far as a look tells within seconds; it has no effect. */
  readonly lookToAdopt: (asked: ToAdopt) => Promise<ProviderFailure | undefined>
  /** Seals what is committed, and knows whether the broker recovers. */
  readonly audit: Recovery & { look(): Promise<void> }
  /** Whether the store takes writes. */
  readonly writes: Writes
  /** Places outside the store that know the end of the audit chain. */
  readonly witnesses: readonly { readonly name: string; read(): Promise<Checkpoint | undefined> }[]
}

/** What is not in the books yet, and would be. */
export interface ToAdopt {
  readonly resource: Resource
  readonly plan: Plan
  /** Plans that are named where what stands is what they say. */
  readonly instead: readonly Plan[]
  readonly parameters: JsonObject
}

/** Who does it, as the edge found out. */
export interface OperatorCaller {
  readonly username: string
  /** Ours, for log and audit. */
  readonly requestId: string
}
