import type { JsonObject } from '../contract/json.ts'
import type { Instance } from './instance.ts'
import type { Plan } from './offer.ts'

/** An instance and where it might go. */
export interface Destination {
  readonly instance: Instance
  /** As the instance lives by it. */
  readonly from: Plan
  readonly to: Plan
  readonly region: string
  /** Of the instance once it is there. */
  readonly parameters: JsonObject
}
