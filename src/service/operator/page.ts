/** `after`: the `next` of the page before. */
export interface PageRequest {
  readonly limit: number
  readonly after?: number
}

/** The newest first. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Absent on the last page. */
  readonly next?: number
}

/** One more than asked for is read, so that a last page that is full does not promise another. */
export function oneMore<Q extends PageRequest>(query: Q): Q {
  return { ...query, limit: query.limit + 1 }
}

export function pageOf<R extends { readonly seq: number }, T>(
  rows: readonly R[],
  { limit }: PageRequest,
  view: (row: R) => T
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { items: shown.map(view), ...(last ? { next: last.seq } : {}) }
}
