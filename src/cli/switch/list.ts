import type { JsonObject } from '../../contract/json.ts'
import { field, objectAt, time } from '../answer.ts'
import type { Input } from '../command.ts'
import { printPage } from '../print-page.ts'
import type { Column } from '../table.ts'

const COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'ID', of: (row) => field(row, 'id') },
  { title: 'KIND', of: (row) => field(row, 'kind') },
  { title: 'PLATFORM', of: (row) => field(row, 'platform') },
  { title: 'INSTANCE THERE', of: (row) => field(row, 'osbInstance') },
  { title: 'FROM', of: (row) => planOf(row, 'from') },
  { title: 'TO', of: (row) => planOf(row, 'to') },
  { title: 'STATE', of: (row) => field(row, 'state') },
  { title: 'BEGUN (UTC)', of: (row) => time(row, 'createdAt') },
  { title: 'SOURCE KEPT UNTIL (UTC)', of: (row) => (row['erasure'] ? '' : time(row, 'retrievalUntil')) }
]

export function switchList(input: Input): Promise<number> {
  return printPage(['switches'], input, COLUMNS)
}

function planOf(row: JsonObject, name: string): string {
  const place = objectAt(row, name) ?? {}
  return `${field(place, 'plan')}/${field(place, 'region')}`
}
