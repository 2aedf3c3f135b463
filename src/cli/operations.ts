import { OPERATION_COLUMNS } from './columns.ts'
import type { Input } from './command.ts'
import { printPage } from './print-page.ts'

export function operations(input: Input): Promise<number> {
  return printPage(['operations'], input, OPERATION_COLUMNS)
}
