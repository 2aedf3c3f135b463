import { INSTANCE_COLUMNS } from './columns.ts'
import type { Input } from './command.ts'
import { printPage } from './print-page.ts'

export function instances(input: Input): Promise<number> {
  return printPage(['instances'], input, INSTANCE_COLUMNS)
}
