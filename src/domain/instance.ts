import type { View } from '../contract/family.ts'
import type { JsonObject } from '../contract/json.ts'

/**
 * creating → ready | failed; ready | failed → deleting → deleted | failed. While an update runs the state stays `ready`:
 * the instance is busy because its operation is in progress.
 */
export type InstanceState = 'creating' | 'ready' | 'failed' | 'deleting' | 'deleted'

/** What a platform asked for. */
export interface Instance {
  /** Ours; the platform's own id is `osbId`, which may be used again after a deprovision. */
  readonly id: string
  readonly platform: string
  readonly osbId: string
  readonly state: InstanceState
  readonly serviceId: string
  readonly planId: string
  /** Every plan it has had or is moving to: all are accepted as a hint by later requests. */
  readonly planIds: readonly string[]
  /** Digest of the plan revision it lives by. */
  readonly revision: string
  readonly organization: string
  readonly space: string
  /** Keyed hash of the request as first accepted and whatever updates followed. */
  readonly requestHash: string
  readonly parameters: JsonObject
  readonly context: JsonObject
  readonly view: View
  readonly region: string
  /** The resource that it points at. */
  readonly resource: string
  /** The last operation asked for. */
  readonly operation: string
  readonly usable: boolean
  /** OSB instance metadata labels, told from the first answer on. */
  readonly labels: Readonly<Record<string, string>>
  readonly createdAt: number
  /** When its create succeeded; from then on a fetch finds it until it is deleted. */
  readonly readyAt?: number
  readonly deletedAt?: number
}
