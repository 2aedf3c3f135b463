import { Refusal } from '../domain/refusal.ts'

export interface ShortQueue {
  /** Runs `work` now or after those before it; throws a Refusal 429 when too many already wait. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** Keeps costly work from taking the machine: `width` at a time, `length` waiting, the rest is told to come back. */
export function shortQueue(width: number, length: number): ShortQueue {
  const waiting: (() => void)[] = []
  let running = 0

  async function turn(): Promise<void> {
    if (running < width) {
      running += 1
      return
    }
    if (waiting.length >= length) throw tooMany()
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function done(): void {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return {
    async run(work) {
      await turn()
      try {
        return await work()
      } finally {
        done()
      }
    }
  }
}

function tooMany(): Refusal {
  return new Refusal(429, 'Too many logins are being checked at this moment. Try again shortly.', {
    error: 'TooManyRequests',
    retryAfterSeconds: 1
  })
}
