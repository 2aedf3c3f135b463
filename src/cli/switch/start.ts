import { askBroker } from '../ask-broker.ts'
import type { Input } from '../command.ts'
import { requestOf } from './directive.ts'
import { follow } from './follow.ts'

export async function switchStart(input: Input): Promise<number> {
  const begun = await askBroker({ method: 'POST', path: ['switches'], body: requestOf(input) })
  return follow(begun, input.options)
}
