import type { Finding } from '../../contract/adapter.ts'
import type { Deps } from '../deps.ts'

/** What the operators' use cases need of the rooms beside them. */
export interface OperatorDeps extends Pick<Deps, 'store' | 'now'> {
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
}

/** Who does it, as the edge found out. */
export interface OperatorCaller {
  readonly username: string
  /** Ours, for log and audit. */
  readonly requestId: string
}
