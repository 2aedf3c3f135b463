import type { Finding, Mark } from '../../contract/adapter.ts'
import type { Checkpoint, Recovery } from '../../domain/checkpoint.ts'
import type { Deps } from '../deps.ts'

/** What the operators' use cases need of the rooms beside them. */
export interface OperatorDeps extends Pick<Deps, 'store' | 'now'> {
  readonly brokerId: string
  readonly runner: Pick<Deps['runner'], 'wake' | 'ended'>
  readonly catalog: {
    current(): ReturnType<Deps['catalog']['current']>
    /** Why the files as they are now are not the current catalog. */
    problems(): readonly { readonly file: string; readonly line: number; readonly text: string }[]
  }
  /** Names of the configured providers. */
  readonly providers: readonly string[]
  /** Asks one provider, within seconds; what is wrong is a finding, never an error. */
  readonly inspect: (provider: string) => Promise<readonly Finding[]>
  /** What stands at one provider with our mark, for each of its services. */
  readonly list: (provider: string) => Promise<readonly Listing[]>
  /** Seals what is committed, and knows whether the broker recovers. */
  readonly audit: Recovery & { look(): Promise<void> }
  /** Places outside the store that know the end of the audit chain. */
  readonly witnesses: readonly { readonly name: string; read(): Promise<Checkpoint | undefined> }[]
}

/** Marks of what was found, or why nobody can tell. */
export type Listing = { readonly provider: string; readonly family: string } & (
  | { readonly marks: readonly Mark[] }
  | { readonly cannot: string }
)

/** Who does it, as the edge found out. */
export interface OperatorCaller {
  readonly username: string
  /** Ours, for log and audit. */
  readonly requestId: string
}
