import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { field, time } from './answer.ts'
import { askBroker, LONGEST_LOOK_MS } from './ask-broker.ts'
import type { Input } from './command.ts'
import { confirmTyped } from './confirm-typed.ts'
import { driftText } from './drift-text.ts'
import { EXIT } from './exit-code.ts'
import { print, printJson } from './output.ts'
import { printable } from './printable.ts'

/** Lists how providers differ from the store; when the broker recovers, asks, and lets it work again. */
export async function recover({ options }: Input): Promise<number> {
  const view = await askBroker({ path: ['recover'], longestMs: LONGEST_LOOK_MS })
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
  return `${reasonText(view)}${driftText(drift)}`
}

function reasonText({ reason }: JsonObject): string {
  if (!isObject(reason)) return 'The broker does not recover.\n\n'
  const [seen, found] = [reason['seen'], reason['found']]
  const at = (head: Json | undefined): string =>
    isObject(head) ? `the link ${field(head, 'number')} of ${time(head, 'at')}` : 'nothing'
  return [
    `The broker recovers since ${time(reason, 'since')}: it answers reads and changes nothing.`,
    `The audit in the store ends with ${at(found)}; ${printable(field(reason, 'witness'))} saw ${at(seen)}.`,
    '',
    ''
  ].join('\n')
}
