import type { JsonObject } from '../../contract/json.ts'
import { field } from '../answer.ts'
import type { Input } from '../command.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { print, printJson, tell } from '../output.ts'
import { printable } from '../printable.ts'
import { switchText } from './switch-text.ts'
import { watch } from './watch.ts'

/** What was begun is watched to its end, unless nobody wants to wait. */
export async function follow(begun: JsonObject, options: Input['options']): Promise<number> {
  const id = printable(field(begun, 'id'))
  if (!options['no-wait']) return watchAndReport(id, options)
  if (options['json']) printJson(begun)
  else print(`${id} has begun. Watch it: portolan switch watch ${id}\n`)
  return EXIT.ok
}

/** Exit code 0 only when it has completed. */
export async function watchAndReport(id: string, { json }: Input['options']): Promise<number> {
  const ended = await watch(id)
  if (!ended) {
    tell(`Not watched any more; it goes on by itself. Watch it: portolan switch watch ${id}\n`)
    return EXIT.failed
  }
  if (json) printJson(ended)
  else print(switchText(ended))
  const state = field(ended, 'state')
  if (state === 'completed') return EXIT.ok
  throw new CommandFailure(
    EXIT.failed,
    `the ${printable(field(ended, 'kind'))} is ${printable(state)}: ${printable(field(ended, 'reason'))}`
  )
}
