import type { Switch } from '../domain/switch.ts'

/** What a receipt tells besides the switch itself. */
export interface ReceiptFacts {
  readonly record: Switch
  /** The platform's own id of the instance. */
  readonly osbId: string
  /** Names at the providers. */
  readonly fromName: string
  readonly toName: string
  readonly broker: string
  readonly now: number
}

/** Signs what a switch came to. */
export interface Receipts {
  /** A VC-JWT. */
  completion(facts: ReceiptFacts): Promise<string>
  erasure(facts: ReceiptFacts): Promise<string>
}

/** What the kinds of a move need besides what every kind has. */
export interface MoveDeps {
  readonly receipts: Receipts
  /** How long a source is kept after its switch. */
  readonly retentionMs: number
}
