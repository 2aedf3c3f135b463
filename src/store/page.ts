import type { Row, Session } from './session.ts'

/** Rows are told newest first; a page goes on where the last one ended. */
export interface Paging {
  /** The `seq` of the last row seen. */
  readonly after?: number
  readonly limit: number
}

export interface Numbered {
  readonly seq: number
}

/** `where`: columns and what they must be, named by the table files only; what is undefined does not matter. */
export async function page(
  session: Session,
  table: string,
  where: Readonly<Record<string, string | readonly string[] | undefined>>,
  { after, limit }: Paging,
  only = 'true'
): Promise<readonly Row[]> {
  const given = Object.entries(where).flatMap(([column, value]) =>
    value === undefined ? [] : [{ column, values: typeof value === 'string' ? [value] : value }]
  )
  const conditions = given.map(({ column, values }) => `${column} in (${values.map(() => '?').join(', ')})`)
  return session.read(
    `select * from ${table} where ${[only, ...conditions, 'seq < ?'].join(' and ')} order by seq desc limit ?`,
    [...given.flatMap(({ values }) => values), after ?? Number.MAX_SAFE_INTEGER, limit]
  )
}
