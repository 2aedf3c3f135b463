import type { Access } from './access.ts'
import type { JsonObject } from './json.ts'
import type { Call } from './ports.ts'

/** Whatever the driver needs to find its resource again; carries its own version `v`. The core seals it and never looks inside. */
export type Handle = { readonly v: number } & JsonObject

/** The state of one resource, as the provider tells it now. */
export type Sighting =
  | {
      readonly state: 'pending'
      readonly handle: Handle
      /** 0 asks for the next step at once, after the handle is committed. Absent: the core's own pace. */
      readonly lookAgainInSeconds?: number
      /** For people, shown by last_operation. Never a secret. */
      readonly note?: string
    }
  | { readonly state: 'ready'; readonly handle: Handle }
  /** It will never become ready; the core destroys it. */
  | { readonly state: 'broken'; readonly handle: Handle; readonly note: string }
  | { readonly state: 'gone' }

/** How we know that a resource at a provider is ours; written as tags or a comment. */
export interface Mark {
  readonly broker: string
  readonly resource: string
  readonly generation: number
}

/** What a driver is asked for. The same on every attempt. */
export interface Order {
  /** Random, made by the core, committed before the driver hears of it: `p` and 20 of `a-z2-7`. */
  readonly name: string
  readonly mark: Mark
  readonly region: string
  /** `driverPlan` of the catalog file, checked against the driver's `planSchema`. */
  readonly plan: JsonObject
  /** From the developer, checked against the plan's parameter schema. */
  readonly parameters: JsonObject
  readonly labels: Readonly<Record<string, string>>
  /** Networks that may connect, as CIDR blocks: the platform's and the broker's own. */
  readonly allowFrom: readonly string[]
  /** 43 characters of `A-Za-z0-9_-`, the same on every attempt for the same label. */
  secret(label: string): string
}

/** A binding's name and password, made by the core, the same on every attempt. */
export interface Login {
  /** `b` and 20 of `a-z2-7`. */
  readonly name: string
  /** `A-Za-z0-9_-`, begins and ends with a letter or digit, has a lower-case, an upper-case letter, a digit and `-` or `_`. */
  readonly password: string
}

/** What a driver's own bind gave. Sealed by the core. */
export interface Grant {
  readonly handle: Handle
  /** Of a ready grant whose name and password the provider chose: what the family makes the credentials from. Absent: those it was asked for. */
  readonly login?: Login
}

/** A resource that stands at the provider with a mark of ours. */
export interface Listed {
  readonly mark: Mark
  /** Those of the order that made it. */
  readonly name: string
  readonly region: string
  /** What `observe` and `destroy` can work from; secrets may be missing in it. */
  readonly handle: Handle
}

/**
 * One kind of service at one provider. Three methods are required; a missing optional method is the declaration that
 * the provider cannot. Every method may be called again after any crash, with what was committed last.
 */
export interface Driver {
  /** JSON Schema (draft-04) of `driverPlan` in the catalog files. */
  readonly planSchema: JsonObject
  /**
   * True when the provider has a firewall that the driver sets from `order.allowFrom`: the core then refuses
   * to provision (400) while the platform's `allowFrom` or the broker's `brokerAddresses` is not configured.
   */
  readonly networkRules?: true
  /** How long after a create a list of the provider may still not show the resource. Default 0. */
  readonly listLagSeconds?: number

  /**
   * One step towards a ready resource. Called with the last committed handle until the sighting is `ready`.
   * With `soFar` undefined it only chooses (which server, which zone): it returns `pending` with a handle that
   * `destroy` can work from, and has no effect yet. Twice with one order makes one resource.
   * Adopts only what stands under `order.name` with `order.mark`; anything else there is a `conflict`.
   */
  create(order: Order, soFar: Handle | undefined, call: Call): Promise<Sighting>
  /** Only looks. */
  observe(handle: Handle, call: Call): Promise<Sighting>
  /**
   * One step towards `gone`, from any handle that `create` ever returned. A resource that is already gone is success.
   * Reads the mark first: a resource with another mark is a `conflict` and stays.
   */
  destroy(handle: Handle, call: Call): Promise<Sighting>

  /** How the owner gets in: what the family's prepare and bind need. */
  access?(handle: Handle, call: Call): Promise<Access>
  /** One step from a ready resource towards what `order.plan` and `order.parameters` say now. */
  update?(handle: Handle, order: Order, call: Call): Promise<Sighting>
  /** Every resource at the provider that carries a mark of `broker`. */
  list?(broker: string, call: Call): AsyncIterable<Listed>
  /**
   * One step towards taking over what stands under `order.name` already, with its data: it gets `order.mark` and whatever a
   * resource that `create` made has. With `soFar` undefined it only looks where it is, and has no effect yet; the mark comes first.
   * What carries another mark is a `conflict`, what cannot be taken over safely `invalid`, with the reason; both leave it as it is.
   * Absent: only what carries our mark can be adopted, as it stands.
   */
  adopt?(order: Order, soFar: Handle | undefined, call: Call): Promise<Sighting>
  /**
   * What stands otherwise than this plan says, each with both: `the node type is db-dev-s, not db-dev-m`; nothing where that cannot be
   * seen (yet). Only looks. What differs is not adopted under the plan, which is what is paid for. Absent: `adopt` makes it as the plan
   * says, or there is nothing of a plan to be seen.
   */
  differences?(handle: Handle, plan: JsonObject, call: Call): Promise<readonly string[]>
  /**
   * Only where the provider leaves no other way than its own API. One step towards a working login; each grant is
   * committed before the next step.
   */
  bind?(
    handle: Handle,
    login: Login,
    parameters: JsonObject,
    soFar: Grant | undefined,
    call: Call
  ): Promise<{
    readonly state: 'pending' | 'ready'
    readonly grant: Grant
    /** As in a sighting; only with `pending`. */
    readonly lookAgainInSeconds?: number
  }>
  /**
   * Only where the plan decides: whether `bind` makes the logins, or the family from `access`, which then also prepares. Absent: `bind`
   * makes all of them. It never changes for what stands, `update` refuses that; and a plan for which it says yes is
   * `isolation: dedicated`, because a provider's own logins belong to a whole server.
   */
  makesLogins?(plan: JsonObject): boolean
  /**
   * The values that a resource of this plan takes of the family's binding parameters, by parameter; one that is not named takes all of
   * them. The catalog shows no others, and a bind with another is refused before anything is begun. Absent: all of all.
   */
  bindChoices?(plan: JsonObject): Readonly<Record<string, readonly string[]>>
  /** For `portolan doctor`: whether one resource that stands is what its plan takes for granted. Only looks. */
  inspect?(handle: Handle, call: Call): Promise<readonly ResourceFinding[]>
  /** A login that is already gone is success. `grant` is absent when a bind was interrupted before one was committed. */
  unbind?(handle: Handle, login: Login, grant: Grant | undefined, call: Call): Promise<void>
}

/** One line of `portolan doctor`. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'refused'
  /** What was looked at: `server main`, `region fr-par`. */
  readonly subject: string
  readonly text: string
  /** What would mend it: a statement, a setting, a right. */
  readonly remedy?: string
}

/** Of the plan of one resource, which the core names. */
export type ResourceFinding = Omit<Finding, 'subject'>

/** A plan of the catalog that one of an adapter's drivers serves. */
export interface OfferedPlan {
  readonly family: string
  readonly regions: readonly string[]
  readonly driverPlan: JsonObject
}

export interface Adapter {
  /** By family name: one driver per service. */
  readonly drivers: Readonly<Record<string, Driver>>
  /** One cheap authenticated read. */
  ping(call: Call): Promise<void>
  /** Settings, rights and holes, for `portolan doctor`. `offered` is absent where the catalog cannot be read. */
  inspect?(call: Call, offered?: readonly OfferedPlan[]): Promise<readonly Finding[]>
}

export interface AdapterModule {
  /** The version of this contract the adapter was written for. */
  readonly contract: 1
  /** Equals the folder's name. */
  readonly name: string
  /** JSON Schema of `providers.<name>` in portolan.yaml, without `adapter`; checked by the core before `open`. Secrets are marked `writeOnly`. */
  readonly settingsSchema: JsonObject
  /** No I/O, no side effects. */
  open(settings: JsonObject): Adapter
}
