import { askBroker } from './ask-broker.ts'
import type { Input } from './command.ts'
import { confirmTyped } from './confirm-typed.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { operationText } from './operation-text.ts'
import { print, printJson } from './output.ts'
import { printable } from './printable.ts'

/** No --yes: the name is given once more, by hand or by whoever writes the script. */
export async function driftDelete({ arguments: given, options }: Input): Promise<number> {
  const { PROVIDER: provider = '', NAME: name = '' } = given
  const { name: again, service } = options
  if (again !== undefined && again !== name)
    throw new CommandFailure(EXIT.usage, '--name is not the name that is to be deleted: nothing was changed')
  if (again === undefined)
    await confirmTyped(
      `${printable(name)} at ${printable(provider)} is destroyed with everything in it. It cannot be undone.\n`,
      name,
      '--name NAME'
    )
  const operation = await askBroker({
    method: 'POST',
    path: ['drift', 'delete'],
    body: { provider, name, confirm: name, ...(typeof service === 'string' ? { family: service } : {}) }
  })
  if (options['json']) printJson(operation)
  else print(operationText(operation))
  return operation['state'] === 'failed' ? EXIT.failed : EXIT.ok
}
