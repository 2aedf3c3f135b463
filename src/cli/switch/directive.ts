import type { JsonObject } from '../../contract/json.ts'
import type { Input } from '../command.ts'

/** How it is to go, as the API takes it. */
export function directiveOf({ options, lists }: Input): JsonObject {
  const { manual, within } = options
  const { accept } = lists
  return {
    ...(manual ? { cutover: 'manual' } : {}),
    ...(within === undefined ? {} : { within }),
    ...(accept === undefined ? {} : { accept })
  }
}

/** Where it is to go, and how. */
export function requestOf(input: Input): JsonObject {
  const { to = '', region } = input.options
  return {
    instance: input.arguments['INSTANCE'] ?? '',
    plan: to,
    ...(region === undefined ? {} : { region }),
    ...directiveOf(input)
  }
}
