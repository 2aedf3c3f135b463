import { AUDIT_COLUMNS } from './columns.ts'
import type { Input } from './command.ts'
import { printPage } from './print-page.ts'

export function auditShow(input: Input): Promise<number> {
  return printPage(['audit'], input, AUDIT_COLUMNS)
}
