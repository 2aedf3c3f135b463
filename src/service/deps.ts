import type { Driver } from '../contract/adapter.ts'
import type { Family } from '../contract/family.ts'
import type { Binding } from '../domain/binding.ts'
import type { Instance } from '../domain/instance.ts'
import type { Catalog, Plan } from '../domain/offer.ts'
import type { EndedOperation, Operation } from '../domain/operation.ts'
import type { Platform } from '../domain/platform.ts'
import type { Resource } from '../domain/resource.ts'
import type { Store } from '../store/store.ts'

/** What the use cases need of the rooms beside them. */
export interface Deps {
  readonly store: Store
  readonly catalog: CatalogSource
  readonly registry: Drivers
  readonly runner: Runner
  /** Milliseconds since 1970, for what is told to people; leases and deadlines live by the store's time. */
  readonly now: () => number
  readonly settings: ServiceSettings
}

export interface ServiceSettings {
  /** The broker's own networks, as CIDR blocks. */
  readonly brokerAddresses: readonly string[]
  readonly leaseMs: number
  /** How long a request waits for a synchronous operation. */
  readonly synchronousWaitMs: number
  readonly deadlinesMs: Readonly<
    Record<'create' | 'update' | 'switch' | 'delete' | 'bind' | 'unbind', number>
  >
}

export interface CatalogSource {
  current(): Catalog
  /** Plans and regions hidden from the platform are not in there. */
  seenBy(platform: Platform): Catalog
  /** Empty when the value fits. Each names the field and what would be right, and never repeats the value. */
  validate(
    kind: 'create' | 'update' | 'bind',
    plan: Plan,
    value: unknown
  ): readonly { readonly field: string; readonly text: string }[]
}

export interface Drivers {
  driver(provider: string, family: string): Driver | undefined
  family(name: string): Family | undefined
}

/** What an operation works on, for who has just written it. */
export interface Works {
  readonly instance: Instance
  readonly resource: Resource
  readonly plan: Plan
  readonly binding?: Binding
}

/** The engine, as the use cases see it. */
export interface Runner {
  /** Runs an operation that was inserted claimed by this process; what it works on is read unless it is given. */
  run(operation: Operation, on?: Works): void
  /** There is room to run one more of this provider's at once. */
  hasRoom(provider: string): boolean
  /** Something was inserted unclaimed. */
  wake(): void
  /** How the operation ended; nothing when the time is over before it has. */
  ended(operationId: string, withinMs: number): Promise<EndedOperation | undefined>
}
