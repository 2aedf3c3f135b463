import type { States } from '../../../test/support/fake/states.ts'
import type { BucketPolicy } from './bucket-policy.ts'

export interface Rule {
  ip: string
  description: string
}

export interface FakeInstance {
  readonly id: string
  readonly region: string
  readonly name: string
  readonly engine: string
  readonly userName: string
  readonly tags: string[]
  readonly createdAt: Date
  readonly isForeign: boolean
  nodeType: string
  volumeType: string
  volumeSize: number
  highAvailability: boolean
  rules: Rule[]
  databases: string[]
  /** Beyond the one it was made with. */
  readonly users: Set<string>
  /** Where its databases really are. */
  readonly port: number
  readonly states: States
  gets: number
  listsSince: number
  readonly endpointId: string
}

export interface FakeCluster {
  readonly id: string
  readonly zone: string
  readonly name: string
  readonly version: string
  readonly userName: string
  readonly tags: string[]
  readonly createdAt: Date
  readonly isForeign: boolean
  readonly endpointId: string
  readonly states: States
  readonly isTls: boolean
  gets: number
  listsSince: number
  nodeType: string
  size: number
  rules: { readonly id: string; readonly ip: string; readonly description: string }[]
}

export interface FakeBucket {
  readonly name: string
  readonly region: string
  /** Of another organisation. */
  readonly isForeign: boolean
  policy?: BucketPolicy
}
