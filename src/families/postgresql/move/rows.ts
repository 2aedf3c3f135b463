import { naming } from './naming.ts'
import type { Progress } from './progress.ts'
import type { SourceTable } from './source-tables.ts'
import type { Lane } from './tasks.ts'

/**
 * From server to server. Emptied and filled in one transaction, rows are frozen as they come: nobody else can have seen the table, and no
 * vacuum has to write it again.
 */
export async function copyRows(table: SourceTable, lane: Lane, progress: Progress): Promise<void> {
  progress.at(`table ${table.name}`)
  const format = table.isText ? 'text' : 'binary'
  const { name, columns, condition } = table
  const copy = async (options: string) => {
    const rows = await lane.source.copyInto(
      lane.target,
      {
        from: `-- read a table\nCOPY ${sourceOf(table)} TO STDOUT (FORMAT ${format})`,
        into: `-- write a table\nCOPY ${name} ${columns} FROM STDIN (FORMAT ${format}${options})`
      },
      (bytes) => progress.sent(bytes)
    )
    progress.rows(rows)
  }
  const filled = lane.target.transaction(async () => {
    if (condition !== undefined) return copy('')
    await lane.target.query(`-- empty a table\nTRUNCATE ONLY ${name}`)
    await copy(', FREEZE')
  })
  await naming(`table ${name}`, filled)
  progress.done(1)
}

function sourceOf({ name, columns, condition }: SourceTable): string {
  if (condition === undefined || condition === '') return `${name} ${columns}`
  return `(SELECT ${columns.slice(1, -1)} FROM ONLY ${name} ${condition})`
}
