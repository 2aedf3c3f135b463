import type { Grant } from '../contract/adapter.ts'
import type { View } from '../contract/family.ts'
import type { JsonObject } from '../contract/json.ts'

/** `expired`: the login is revoked, the binding stays readable until it is deleted. */
export type BindingState = 'binding' | 'bound' | 'expired' | 'failed' | 'unbinding' | 'deleted'

export interface Binding {
  /** Ours; the platform's own id is `osbId`. */
  readonly id: string
  /** Our id of the instance. */
  readonly instance: string
  readonly osbId: string
  readonly state: BindingState
  readonly serviceId: string
  readonly planId: string
  readonly requestHash: string
  readonly parameters: JsonObject
  /** The login's name at the provider, random. */
  readonly login: string
  readonly seed: string
  readonly grant?: Grant
  /** What a bind answers, `credentials` among it; present once bound. */
  readonly answer?: JsonObject
  readonly view: View
  /** The application it is for; empty when there is none. */
  readonly app: string
  /** Our id of the binding it succeeds. */
  readonly predecessor?: string
  readonly operation: string
  readonly expiresAt?: number
  readonly renewBefore?: number
  readonly createdAt: number
}
