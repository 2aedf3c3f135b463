import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { field, rowsOf, time } from './answer.ts'
import { askBroker } from './ask-broker.ts'
import { DRIFT_COLUMNS, ORPHAN_COLUMNS, UNLISTED_COLUMNS } from './columns.ts'
import type { Input } from './command.ts'
import { confirmTyped } from './confirm-typed.ts'
import { EXIT } from './exit-code.ts'
import { print, printJson } from './output.ts'
import { printable } from './printable.ts'
import { type Column, table } from './table.ts'

/** Lists how providers differ from the store; when the broker recovers, asks, and lets it work again. */
export async function recover({ options }: Input): Promise<number> {
  const view = await askBroker({ path: ['recover'] })
  const isRecovering = view['recovering'] === true
  if (!options['json']) print(recoveryText(view))
  if (!isRecovering) {
    if (options['json']) printJson(view)
    return EXIT.ok
  }
  if (!options['yes']) await confirmTyped(WARNING, 'recover')
  const recovered = await askBroker({ method: 'POST', path: ['recover'] })
  if (options['json']) printJson({ ...view, recovered })
  else
    print(`The broker works again. The link ${field(recovered, 'link')} of the audit tells of the break.\n`)
  return EXIT.ok
}

const WARNING =
  '\nThe broker works with the store as it is from now on. Nothing is removed: what is listed stays as it is.\n'

function recoveryText(view: JsonObject): string {
  const drift = isObject(view['drift']) ? view['drift'] : {}
  const parts = [
    section(
      drift,
      'orphans',
      'Stand at a provider with our mark, and the store does not know them',
      ORPHAN_COLUMNS
    ),
    section(drift, 'leftovers', 'Gone by the store, and they stand there', DRIFT_COLUMNS),
    section(drift, 'missing', 'Not there, though the store says that they stand', DRIFT_COLUMNS),
    section(drift, 'differing', 'Of another generation than the store says', DRIFT_COLUMNS)
  ].filter((part) => part !== '')
  const unlisted = section(drift, 'unlisted', 'Where nobody can tell', UNLISTED_COLUMNS)
  const found = parts.length === 0 ? 'Nothing differs from what the store says.\n' : parts.join('\n')
  return [reasonText(view), found, unlisted].filter((part) => part !== '').join('\n')
}

function reasonText({ reason }: JsonObject): string {
  if (!isObject(reason)) return 'The broker does not recover.\n'
  const [seen, found] = [reason['seen'], reason['found']]
  const at = (head: Json | undefined): string =>
    isObject(head) ? `the link ${field(head, 'number')} of ${time(head, 'at')}` : 'nothing'
  return [
    `The broker recovers since ${time(reason, 'since')}: it answers reads and changes nothing.`,
    `The audit in the store ends with ${at(found)}; ${printable(field(reason, 'witness'))} saw ${at(seen)}.`,
    ''
  ].join('\n')
}

function section(
  drift: JsonObject,
  name: string,
  title: string,
  columns: readonly Column<JsonObject>[]
): string {
  const rows = rowsOf(drift, name)
  return rows.length === 0 ? '' : `${title}:\n${table(columns, rows)}`
}
