import type { Order } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Filter } from './client.ts'
import type { Located } from './place.ts'
import type { AclRule } from './types.ts'

/** What every managed server at Scaleway has, whatever runs on it. */
export interface Server {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly tags: readonly string[]
  /** RFC 3339. */
  readonly createdAt: string
  /** The public endpoint's port; absent until there is one. */
  readonly port?: number
}

/** One product with servers of its own: the steps are the same for all of them. `at` is the region, or the zone of a zonal product. */
export interface Servers<S extends Server = Server> {
  /** Where an order is carried out. Throws `invalid` for a plan that does not fit. */
  placeOf(order: Order): string
  instances(call: Call, at: string, filter: Filter): AsyncIterable<S>
  instance(call: Call, at: string, id: string): Promise<S>
  deleteInstance(call: Call, at: string, id: string): Promise<void>
  order(call: Call, at: string, order: Order, user: string, password: string): Promise<S>
  /** Of the user that it was made with. */
  setPassword(call: Call, place: Located, user: string, password: string): Promise<void>
  acls(call: Call, at: string, id: string): Promise<readonly AclRule[]>
  replaceAcls(call: Call, at: string, id: string, rules: readonly AclRule[]): Promise<void>
  /** What must be in a server that is ready. */
  furnish(call: Call, place: Located): Promise<void>
  /** All that differs from the plan, in words. */
  differences(server: S, plan: JsonObject): readonly string[]
  /** The first thing that differs, as the only field of a change; throws `invalid` for what Scaleway cannot change. */
  nextChange(server: S, plan: JsonObject): JsonObject | undefined
  change(call: Call, at: string, id: string, change: JsonObject): Promise<void>
}
