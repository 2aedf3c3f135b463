/** Numbers in [0, 1) that come again with the same seed (mulberry32). */
export interface Seeded {
  next(): number
  /** A whole number from 0 up to and without `limit`. */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** 8 hexadecimal digits. */
  word(): string
  uuid(): string
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const word = () =>
    below(2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (from) => {
      const picked = from[below(from.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
    word,
    uuid: () =>
      [word(), word().slice(4), `4${word().slice(5)}`, `a${word().slice(5)}`, word() + word().slice(4)].join(
        '-'
      )
  }
}

/** `--seed N`, else one of this moment. */
export function seedFrom(argv: readonly string[]): number {
  const given = argv[argv.indexOf('--seed') + 1]
  return argv.includes('--seed') && given !== undefined ? Number(given) : Date.now() % 2 ** 31
}
