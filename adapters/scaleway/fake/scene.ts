/** How the fake behaves; set whole through `PUT /_control/scene`, what is left out gets its default. */
export interface Scene {
  /** How many looks (GET of the instance, or a list that shows it) each transient state lasts. */
  looks: number
  /** So many requests from now on are answered 429. */
  throttled: number
  resetSeconds: number
  /** Node types that cannot be had. */
  outOfStock: string[]
  /** So many instances that are made from now on end in status `error`. */
  halfCreated: number
  /** A new instance is in no list before both are over: so many list calls, and so many seconds. */
  hiddenLists: number
  hiddenSeconds: number
  /** A new instance answers 404 under its id for so many GETs. */
  hiddenGets: number
  /** So many PUTs of network rules from now on answer "Tuple concurrently updated". */
  tupleConflicts: number
  /** Instances the project may have. */
  quota: number
  /** Network rules are accepted and not kept. */
  forgetsRules: boolean
  /** The login of a new instance may not make roles. */
  plainAdmin: boolean
  /** Losses of answers, each used once, in order, by the first request it fits. */
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

export function calm(): Scene {
  return {
    looks: 2,
    throttled: 0,
    resetSeconds: 1,
    outOfStock: [],
    halfCreated: 0,
    hiddenLists: 0,
    hiddenSeconds: 0,
    hiddenGets: 0,
    tupleConflicts: 0,
    quota: 10_000,
    forgetsRules: false,
    plainAdmin: false,
    lost: []
  }
}
