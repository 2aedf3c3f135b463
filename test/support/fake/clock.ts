/** The machine's clock, and a lead that tests give it. */
export interface FakeClock {
  readonly now: () => number
  advance(seconds: number): void
}

export function fakeClock(): FakeClock {
  let ahead = 0
  return {
    now: () => Date.now() + ahead,
    advance(seconds) {
      ahead += seconds * 1000
    }
  }
}
