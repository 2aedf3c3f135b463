/** The switches that every fake has, whatever its provider; a fake's `Scene` has its provider's oddities beside them. */
export interface Faults {
  /** So many requests from now on are answered 429. */
  throttled: number
  resetSeconds: number
  /** Losses of answers, each used in order by the first requests it fits. */
  lost: Lost[]
}

export interface Lost {
  method: string
  /** Ends with this, without the query: `/instances`. */
  path: string
  /** `before` it took effect, or `after`. */
  when: 'before' | 'after'
  times: number
}

export function noFaults(): Faults {
  return { throttled: 0, resetSeconds: 1, lost: [] }
}

/** The loss that meets this request, used once. */
export function takeLost({ lost }: Faults, method: string, path: string): Lost | undefined {
  const found = lost.find((each) => each.times > 0 && each.method === method && path.endsWith(each.path))
  if (found) found.times -= 1
  return found
}
