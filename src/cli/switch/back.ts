import { field, rowsOf } from '../answer.ts'
import { askBroker } from '../ask-broker.ts'
import type { Input } from '../command.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { directiveOf } from './directive.ts'
import { follow } from './follow.ts'

/** Undoes the last completed switch by another one. */
export async function switchBack(input: Input): Promise<number> {
  const instance = input.arguments['INSTANCE']
  const query = { instance, kind: 'switch', state: 'completed', limit: '1' }
  const [last] = rowsOf(await askBroker({ path: ['switches'], query }), 'items')
  if (!last) throw new CommandFailure(EXIT.failed, 'it has never been switched: there is no way back')
  const path = ['switches', field(last, 'id'), 'back']
  return follow(await askBroker({ method: 'POST', path, body: directiveOf(input) }), input.options)
}
