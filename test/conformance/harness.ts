import type { Access } from '../../src/contract/access.ts'
import type { Driver, Order } from '../../src/contract/adapter.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'

/** Every scene, in the order they are played. */
export const SCENES = [
  'ping',
  'becomes ready',
  'handle survives JSON',
  'first step has no effect',
  'repeat create',
  'lost answers',
  'crash between steps',
  'destroy twice',
  'destroy from every handle',
  'observe at every step',
  'destroy refuses another mark',
  'foreign resource refused',
  'another broker refused',
  'unavailable',
  'throttled',
  'denied',
  'quota',
  'broken',
  'bind and unbind twice',
  'two bindings',
  'two instances',
  'sessions end at unbind',
  'read-only binding',
  'unbind without a grant',
  'prepare and release twice',
  'abort',
  'parameters at create',
  'update',
  'list',
  'list of many pages',
  'adopt',
  'adopt unmarked',
  'differences',
  'two regions',
  'faults in create',
  'faults in failed create',
  'faults in update',
  'faults in bind',
  'faults in unbind',
  'faults in destroy'
] as const

export type Scene = (typeof SCENES)[number]

/** The part of an order that the kit does not make up itself. */
export type OrderDetails = Pick<Order, 'region' | 'plan' | 'parameters'> &
  Partial<Pick<Order, 'labels' | 'allowFrom'>>

export type CallContext = Pick<Call, 'signal' | 'now' | 'attempt' | 'note'>

/** A connection of an application that stays open. */
export interface Session {
  /** Whether it is still served. */
  readonly isOpen: () => Promise<boolean>
  readonly close: () => Promise<void>
}

/** What an adapter's own test supplies: its driver, an order, and a provider whose owner it is. */
export interface Harness {
  /** As after a start of the broker: whatever an earlier one kept in memory is forgotten; the provider stays. */
  readonly openDriver: () => Driver
  /** The adapter's `ping`, with the same settings; for `ping`. */
  readonly ping?: (call: Call) => Promise<void>
  readonly family?: Family
  readonly order: OrderDetails
  /** The real ports, bound to this context. The kit wraps them to break them. */
  readonly call: (context: CallContext) => Call
  /** All that stands at the provider, as its owner sees it, never through the driver. A line changes when its resource does. */
  readonly resources: () => Promise<readonly string[]>
  /** All logins that exist at the provider, as its owner sees them. */
  readonly logins: () => Promise<readonly string[]>
  /** Really logs in, and looks at what is the instance's. */
  readonly tryLogin: (credentials: JsonObject) => Promise<boolean>
  /** Really writes, and leaves it there; for `read-only binding`, `two instances` and `adopt`. */
  readonly tryWrite?: (credentials: JsonObject) => Promise<boolean>
  /** Really logs in, and stays; for `sessions end at unbind`. */
  readonly openSession?: (credentials: JsonObject) => Promise<Session>
  /** For an owner's login that `prepare` does not prove. */
  readonly tryAccess?: (access: Access) => Promise<boolean>
  /** Prepares the provider for a scene; what it returns replaces the order's details. For `update`: what is asked for next; for `two regions`: another region; for `differences`: another plan. */
  readonly stage?: (scene: Scene) => Promise<Partial<OrderDetails> | undefined>
  /** Ends what `stage` began, so that the clean-up of a failed create can succeed. */
  readonly unstage?: () => Promise<void>
  /** Somebody else's resource of that name; `resources` shows it. */
  readonly plantForeign?: (name: string) => Promise<void>
  /** Nobody's resource of that name, made by hand, that `adopt` takes over; with something in it. `resources` shows it. For `adopt unmarked`. */
  readonly plantUnmarked?: (name: string) => Promise<void>
  /** Gives the resource of that name another mark; the nearest there is differs in the generation only. */
  readonly remark?: (name: string) => Promise<void>
  /** From now on the provider shows one resource a page in its lists, whatever it is asked for; for `list of many pages`. */
  readonly shortenPages?: () => Promise<void>
  /** Where the resource of that name really stands, in the catalog's words; for `two regions`. */
  readonly regionOf?: (name: string) => Promise<string | undefined>
  /** Moves the provider's clock as the kit moves the broker's. */
  readonly advanceTime?: (seconds: number) => Promise<void>
  /** Texts that must appear nowhere: the secrets among the adapter's settings. */
  readonly secrets?: readonly string[]
  /** The provider makes passwords itself and shows them once: exactly one must work in the end, not the same one. */
  readonly providerMakesSecrets?: true
  /** The same of the owner's password: a create from the beginning, with nothing committed, makes another. */
  readonly providerMakesOwnersSecret?: true
  /** The resource has its server to itself: the core leaves out the family's release. */
  readonly dedicated?: true
  readonly close?: () => Promise<void>
}

export interface Enrolment {
  readonly name: string
  readonly open: () => Promise<Harness>
  /** Scenes that cannot be played, each with its reason, which is printed. */
  readonly skip?: Readonly<Partial<Record<Scene, string>>>
  /** For a second enrolment of a driver under other circumstances: the scenes that these can change. */
  readonly only?: readonly Scene[]
  /** Faults per scene in the short form; fewer for a slow provider. Default 18. */
  readonly sample?: number
}

/** How many faults a scene is played with. */
export type Extent = 'all' | number
