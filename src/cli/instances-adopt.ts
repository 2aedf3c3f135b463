import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { askBroker } from './ask-broker.ts'
import type { Input } from './command.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { operationText } from './operation-text.ts'
import { print, printJson } from './output.ts'

/** Options that are sent as they are. */
const SENT = ['plan', 'service', 'platform', 'instance', 'organization', 'space', 'region', 'view'] as const

export async function instancesAdopt({ arguments: { NAME = '' }, options }: Input): Promise<number> {
  const sent = SENT.flatMap((name) => {
    const value = options[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  const operation = await askBroker({
    method: 'POST',
    path: ['instances', 'adopt'],
    body: { name: NAME, ...Object.fromEntries(sent), ...parametersIn(options) }
  })
  if (options['json']) printJson(operation)
  else print(operationText(operation))
  return operation['state'] === 'failed' ? EXIT.failed : EXIT.ok
}

function parametersIn({ parameters }: Input['options']): { readonly parameters?: JsonObject } {
  if (typeof parameters !== 'string') return {}
  try {
    const value = JSON.parse(parameters) as Json
    if (isObject(value)) return { parameters: value }
  } catch {
    // Said below.
  }
  throw new CommandFailure(EXIT.usage, '--parameters must be a JSON object')
}
