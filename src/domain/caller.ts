import type { Platform } from './platform.ts'

/** Who sends an OSB request, as the edge found out before any body is read. */
export interface Caller {
  readonly platform: Platform
  /** X-Broker-API-Version. */
  readonly version: { readonly major: number; readonly minor: number }
  /** X-Broker-API-Originating-Identity as claimed (at most 4 KiB); authorises nothing. */
  readonly originatingIdentity?: string
  /** Ours, for log and audit. */
  readonly requestId: string
}

/** What an OSB use case answers; refusals are thrown. */
export interface Answer {
  readonly status: 200 | 201 | 202 | 410
  readonly body: object
  readonly retryAfterSeconds?: number
}
