import type { Call, Family } from '../../src/contract/index.ts'
import type { CallContext } from './harness.ts'

/** The kit as an adapter from outside imports it, under the name `portolan/kit`: types only. What it can do is handed to `enrol`. */
export type * from '../../src/contract/index.ts'
export type * from './harness.ts'

/** Handed to `enrol` of an adapter's conformance.ts. */
export interface Kit {
  /** The real ports, also to loopback. */
  call(context: CallContext): Call
  /** What a service is: one of this program's families. */
  family(name: string): Family
}
