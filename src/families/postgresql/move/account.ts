import type { Reading } from './reading.ts'
import type { RoleMap } from './role-map.ts'
import type { Counted, Table } from './row-hash.ts'
import type { ServerFacts } from './server-facts.ts'
import type { Side } from './step-login.ts'

/** One side before anything is compared. */
export interface Outline {
  readonly facts: ServerFacts
  readonly sendsRecords: boolean
  readonly tables: readonly Table[]
  readonly sequences: readonly string[]
  readonly largeObjects: readonly string[]
}

/** One side, read to the end. */
export interface Account {
  readonly outline: Outline
  readonly roles: RoleMap
  readonly reading: Reading
  readonly counted: Map<string, Counted>
  readonly unready: Set<string>
}

export type Both<T> = Readonly<Record<Side, T>>

export const SIDES: readonly Side[] = ['from', 'to']
