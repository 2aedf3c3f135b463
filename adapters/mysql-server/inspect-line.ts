import type { Finding } from '../../src/contract/adapter.ts'

/** What is found at one server, which is named once for all of them. */
export type Line = Omit<Finding, 'subject'>
