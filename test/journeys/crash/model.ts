import type { JsonObject } from '../../../src/contract/json.ts'
import { HARBOUR } from '../harbour.ts'

export const SERVICE = 'a232e140-a227-48b7-a5d3-00bc46c559f4'

/** What is ordered where: the plan it begins with, and the one that it may be changed to. */
export interface Ware {
  readonly provider: 'berlin' | 'paris' | 'harbour' | 'scaleway'
  readonly small: string
  readonly large: string
}

export const WARES: readonly Ware[] = [
  {
    provider: 'berlin',
    small: '7f3b62a8-99f4-4198-9691-40140489e237',
    large: '32e48068-1a26-4bab-8149-31f74f572c29'
  },
  {
    provider: 'paris',
    small: '3c948853-1abf-40b0-a95a-ef1de61675e2',
    large: 'cb23a613-e1d9-47a3-b1c4-6db73d833b4c'
  },
  { provider: 'harbour', small: HARBOUR.small, large: HARBOUR.large },
  {
    provider: 'scaleway',
    small: 'b81f1fa3-6548-499d-97df-f31913924606',
    large: 'a761cb88-e133-4a98-9b80-c88057d3b3a3'
  }
]

const KINDS = [
  'provision',
  'update',
  'bind',
  'rotate',
  'unbind',
  'deprovision',
  'delete while creating',
  'unbind while binding'
] as const

export type Kind = (typeof KINDS)[number]

export interface KnownInstance {
  readonly id: string
  readonly ware: Ware
  plan: string
  /** Credentials by binding id. */
  readonly bindings: Map<string, JsonObject>
}

/** What the platform believes. */
export interface Model {
  readonly living: Map<string, KnownInstance>
  readonly gone: Set<string>
  /** Credentials that were handed out and taken back. */
  readonly unbound: JsonObject[]
  readonly counts: Record<Kind, number>
  /** Answers that no platform should ever get here. */
  readonly surprises: string[]
  /** How many more operations. */
  left: number
}

export function newModel(operations: number): Model {
  return {
    living: new Map(),
    gone: new Set(),
    unbound: [],
    counts: Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>,
    surprises: [],
    left: operations
  }
}
