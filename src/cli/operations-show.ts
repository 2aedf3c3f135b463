import { askBroker } from './ask-broker.ts'
import type { Input } from './command.ts'
import { operationText } from './operation-text.ts'
import { print, printJson } from './output.ts'

export async function operationsShow({ arguments: { ID = '' }, options }: Input): Promise<number> {
  const operation = await askBroker({ path: ['operations', ID] })
  if (options['json']) printJson(operation)
  else print(operationText(operation))
  return 0
}
