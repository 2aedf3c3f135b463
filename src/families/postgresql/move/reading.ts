/** One thing that is compared, as one side has it. */
export interface Line {
  /** For the count of what was compared: `table`, `grant`. */
  readonly kind: string
  /** What it is called: `grant on table shop.orders`. */
  readonly object: string
  /** The same on both sides when the thing is. */
  readonly text: string
}

/** What was read of one side. */
export interface Reading {
  readonly lines: Line[]
  /** What could not be looked at, and why. */
  readonly unverified: string[]
  readonly notes: string[]
}

export function emptyReading(): Reading {
  return { lines: [], unverified: [], notes: [] }
}
