import type { JsonObject } from '../../contract/json.ts'
import { field } from '../answer.ts'
import type { Column } from '../table.ts'

/** What a pre-check found. */
export const FINDING_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'LEVEL', of: (row) => field(row, 'level') },
  { title: 'ID', of: (row) => field(row, 'id') },
  { title: 'SUBJECT', of: (row) => field(row, 'subject') },
  { title: 'WHAT', of: (row) => `${field(row, 'text')}${remedyOf(row)}` }
]

function remedyOf(row: JsonObject): string {
  const remedy = field(row, 'remedy')
  return remedy === '' ? '' : ` To mend it: ${remedy}`
}
