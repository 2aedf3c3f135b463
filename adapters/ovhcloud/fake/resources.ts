import type { States } from '../../../test/support/fake/states.ts'
import type { StoreUser } from './object-store.ts'
import type { Engine, FakeNetwork } from './offers.ts'
import type { Stand } from './stand.ts'

export interface Rule {
  ip: string
  description: string
}

/** A service as it is ordered. */
export interface Wanted {
  readonly engine: Engine
  readonly description: string
  readonly plan: string
  readonly version: string
  readonly flavor: string
  readonly nodes: number
  readonly region: string
  readonly diskGb: number
  readonly rules: Rule[]
  /** Of a private network and its subnet. */
  readonly network: FakeNetwork | undefined
}

export interface FakeUser {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly states: States
}

export interface FakeService {
  readonly engine: Engine
  readonly id: string
  readonly createdAt: Date
  readonly isForeign: boolean
  readonly region: string
  /** Of the user that it is born with. */
  readonly userId: string
  /** Those that the API made, by id. */
  readonly users: Map<string, FakeUser>
  /** Those that the API made, by id: each is not shown for so many more looks. */
  readonly databases: Map<string, { readonly name: string; hiddenGets: number }>
  /** Absent of somebody else's. */
  readonly stand?: Stand
  description: string
  plan: string
  version: string
  flavor: string
  readonly network: FakeNetwork | undefined
  nodes: number
  diskGb: number
  rules: Rule[]
  deletionProtection: boolean
  readonly states: States
  gets: number
  listsSince: number
  /** By the fake's clock, when the present password begins to work. */
  passwordFrom: number
  front?: Awaited<ReturnType<Stand['open']>>
}

/** A user of the project, as OVHcloud has them. */
export interface ProjectUser {
  readonly id: number
  readonly createdAt: Date
  readonly isForeign: boolean
  readonly states: States
  readonly keys: Map<string, string>
  /** Made, and not yet known to the object storage. */
  readonly lateKeys: Set<string>
  readonly inStore: StoreUser
  description: string
  policy: string
  listsSince: number
}

export interface FakeBucket {
  readonly name: string
  readonly region: string
  readonly owner: ProjectUser
  readonly createdAt: Date
  readonly isForeign: boolean
  listsSince: number
}
