/** Time as a parameter. */
export interface Clock {
  readonly now: () => number
  advance(ms: number): void
}

const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export function clockAt(start = Date.parse('2026-03-01T12:00:00Z')): Clock {
  let time = start
  return {
    now: () => time,
    advance(ms) {
      time += ms
    }
  }
}
