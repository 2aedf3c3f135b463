import type { Driver } from '../contract/adapter.ts'
import type { Family } from '../contract/family.ts'
import type { Ports, ToolPorts } from '../contract/ports.ts'
import type { Recovery } from '../domain/checkpoint.ts'
import type { OperationKind, OperationState } from '../domain/operation.ts'
import type { Reach } from '../registry/reach.ts'
import type { Session } from '../store/session.ts'
import type { Store } from '../store/store.ts'
import type { Kinds } from './kind.ts'
import type { RetryBudgets } from './retry-budget.ts'

/** What the engine needs of the rooms beside it. */
export interface EngineDeps {
  /** What an operation of each kind does. */
  readonly kinds: Kinds
  /** What comes due without anybody asking, besides what `sweep.ts` does. Each answers how many operations it made. */
  readonly sweeps: readonly ((deps: EngineDeps, session: Session) => Promise<number>)[]
  readonly store: Store
  readonly registry: {
    driver(provider: string, family: string): Driver | undefined
    family(name: string): Family | undefined
    reach(provider: string, family: string): Reach
  }
  /** The world, for one step: every outbound call ends within `deadlineMs` and with the signal. */
  readonly ports: (options: {
    readonly signal: AbortSignal
    readonly deadlineMs: number
    readonly provider: string
    readonly reach: Reach
  }) => Ports & ToolPorts
  readonly brokerId: string
  /** Networks of the broker and of each platform, by name. */
  readonly allowFrom: (platform: string) => readonly string[]
  readonly now: () => number
  readonly random: () => number
  readonly retries: RetryBudgets
  readonly log: Log
  readonly observer: Observer
  /** While there is a reason nothing is claimed, no step is begun, and nothing is swept. */
  readonly recovery: Recovery
  readonly settings: EngineSettings
}

export interface EngineSettings {
  readonly leaseMs: number
  /** Operations of one provider at a time. */
  readonly concurrency: number
  /** How often to look for work that nobody announced. */
  readonly pollMs: number
  /** For broker-made operations; absent: clean-ups have no limit in time. */
  readonly keepEndedMs: number
}

export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** For the metrics. */
export interface Observer {
  operationEnded(kind: OperationKind, state: OperationState): void
  leaseTakenOver(): void
}
