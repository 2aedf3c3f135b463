/** Of one provider one after another, so that each can see that it leaves it as it was; of several at once, since they wait more than they work. Begun when the first is asked for. */
export function sideBySide<Row extends { readonly provider: string }>(
  rows: readonly Row[],
  run: (row: Row) => Promise<void>
): () => ReadonlyMap<Row, Promise<void>> {
  let begun: ReadonlyMap<Row, Promise<void>> | undefined
  return () => (begun ??= begin(rows, run))
}

function begin<Row extends { readonly provider: string }>(
  rows: readonly Row[],
  run: (row: Row) => Promise<void>
): ReadonlyMap<Row, Promise<void>> {
  const begun = new Map<Row, Promise<void>>()
  const last = new Map<string, Promise<void>>()
  for (const row of rows) {
    const one = after(last.get(row.provider), () => run(row))
    // A failure is told to who asks for this row.
    one.catch(() => undefined)
    begun.set(row, one)
    last.set(row.provider, one)
  }
  return begun
}

async function after(one: Promise<void> | undefined, run: () => Promise<void>): Promise<void> {
  await one?.catch(() => undefined)
  await run()
}
