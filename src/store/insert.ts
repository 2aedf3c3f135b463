import type { Session, SqlParameter } from './session.ts'

/** One row; the column names are the table file's own, never from outside. */
export function insert(session: Session, table: string, row: Readonly<Record<string, SqlParameter>>): void {
  const columns = Object.keys(row)
  session.queue(
    `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
    Object.values(row)
  )
}

export function update(
  session: Session,
  table: string,
  id: string,
  row: Readonly<Record<string, SqlParameter | undefined>>
): void {
  const given = Object.entries(row).filter((entry): entry is [string, SqlParameter] => entry[1] !== undefined)
  if (given.length === 0) return
  const assignments = given.map(([column]) => `${column} = ?`).join(', ')
  session.queue(`update ${table} set ${assignments} where id = ?`, [...given.map(([, value]) => value), id])
}
