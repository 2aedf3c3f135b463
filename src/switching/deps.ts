import type { Receipts } from '../trust/receipts.ts'

/** What the kinds of a move need besides what every kind has. */
export interface MoveDeps {
  readonly receipts: Receipts
  /** How long a source is kept after its switch. */
  readonly retentionMs: number
}
