import type { JsonObject } from '../contract/json.ts'

/** What is wrong with an audit, and how much of it was looked at. */
export interface Verdict {
  links: number
  erased: number
  readonly faults: JsonObject[]
  readonly breaks: JsonObject[]
  end?: JsonObject
}
