import type { JsonObject } from '../contract/json.ts'
import { rowsOf } from './answer.ts'
import { askBroker } from './ask-broker.ts'
import type { Input } from './command.ts'
import { print, printJson, tell } from './output.ts'
import { type Column, table } from './table.ts'

/** A list of the broker's: a table, or its JSON. The options beside `json` are its filters. */
export async function printPage(
  path: readonly string[],
  { options }: Input,
  columns: readonly Column<JsonObject>[]
): Promise<number> {
  const { json, ...query } = options
  const answer = await askBroker({ path, query })
  if (json) {
    printJson(answer)
    return 0
  }
  print(table(columns, rowsOf(answer, 'items')))
  if (typeof answer['next'] === 'number') tell(`There is more: --after ${answer['next']}\n`)
  return 0
}
