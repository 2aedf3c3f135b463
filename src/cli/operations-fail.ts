import { field } from './answer.ts'
import { askBroker } from './ask-broker.ts'
import type { Input } from './command.ts'
import { operationText } from './operation-text.ts'
import { print, printJson, tell } from './output.ts'

export async function operationsFail({ arguments: { ID = '' }, options }: Input): Promise<number> {
  const operation = await askBroker({ method: 'POST', path: ['operations', ID, 'fail'] })
  if (options['json']) printJson(operation)
  else print(operationText(operation))
  if (field(operation, 'state') === 'in progress') tell('It ends as soon as the step that runs has.\n')
  return 0
}
