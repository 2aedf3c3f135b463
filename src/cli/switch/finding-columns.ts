import type { JsonObject } from '../../contract/json.ts'
import { field } from '../answer.ts'
import type { Column } from '../table.ts'

/** What a pre-check found. */
export const FINDING_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'LEVEL', of: (row) => field(row, 'level') },
  { title: 'ID', of: (row) => field(row, 'id') },
  { title: 'SUBJECT', of: (row) => field(row, 'subject') },
  { title: 'WHAT, AND WHAT WOULD MEND IT', of: (row) => `${field(row, 'text')} ${field(row, 'remedy')}` }
]
