/** One thing that a plan says: what it is, what stands, and what the plan says. */
export type Compared = readonly [what: string, stands: string | number, says: string | number]

/** Those that differ, as a driver's `differences` tells them. */
export function differing(all: readonly Compared[]): readonly string[] {
  return all
    .filter(([, stands, says]) => stands !== says)
    .map(([what, stands, says]) => `the ${what} is ${stands}, not ${says}`)
}
