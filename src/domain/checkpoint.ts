/** The end of the audit chain as it was at a moment: told to places outside the store. */
export interface ChainHead {
  readonly number: number
  readonly mac: string
  /** By the store's clock, milliseconds since 1970. */
  readonly at: number
}

export interface Checkpoint extends ChainHead {
  /** Id of the broker whose chain it is. */
  readonly broker: string
}

/** Why a broker does nothing but answer reads: its store is older than what a witness saw. */
export interface RecoveryReason {
  readonly since: number
  /** Who saw more: `audit.checkpoint`, `the sink`, `this process`; `a restore` when nobody can tell. */
  readonly witness: string
  readonly seen: ChainHead
  /** The end of the chain in the store. */
  readonly found: ChainHead
}

/** What the rooms ask before they change anything. */
export interface Recovery {
  reason(): RecoveryReason | undefined
}

/** Before the first link. */
export const NO_HEAD: ChainHead = { number: 0, mac: '', at: 0 }
