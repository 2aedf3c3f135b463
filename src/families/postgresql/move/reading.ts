/** One thing that is compared, as one side has it. */
export interface Line {
  /** For the count of what was compared: `table`, `grant`. */
  readonly kind: string
  /** What it is called: `grant on table shop.orders`. */
  readonly object: string
  /** The same on both sides when the thing is. */
  readonly text: string
  /** What was looked at when it was found: `comments`. */
  readonly look?: string
}

/** What was read of one side. */
export interface Reading {
  readonly lines: Line[]
  /** Objects and looks that came to nothing, and why. Nothing is missing that nobody could look for. */
  readonly unread: Map<string, string>
  readonly notes: string[]
}

export function emptyReading(): Reading {
  return { lines: [], unread: new Map(), notes: [] }
}

/** Adds what one look has found. */
export function addLook(reading: Reading, look: string, found: Reading): void {
  for (const line of found.lines) reading.lines.push({ ...line, look })
  for (const [object, why] of found.unread) reading.unread.set(object, why)
  reading.notes.push(...found.notes)
}
