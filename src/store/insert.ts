import type { Session, SqlParameter } from './session.ts'

/** One row; the column names are the table file's own, never from outside. */
export async function insert(
  session: Session,
  table: string,
  row: Readonly<Record<string, SqlParameter>>
): Promise<void> {
  const columns = Object.keys(row)
  await session.write(
    `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
    Object.values(row)
  )
}

/** The number of rows it changed. */
export async function update(
  session: Session,
  table: string,
  id: string,
  row: Readonly<Record<string, SqlParameter | undefined>>
): Promise<number> {
  const given = Object.entries(row).filter((entry): entry is [string, SqlParameter] => entry[1] !== undefined)
  if (given.length === 0) return 0
  const assignments = given.map(([column]) => `${column} = ?`).join(', ')
  const { changes } = await session.write(`update ${table} set ${assignments} where id = ?`, [
    ...given.map(([, value]) => value),
    id
  ])
  return changes
}
