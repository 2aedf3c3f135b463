import { field, textsOf } from './answer.ts'
import { askBroker } from './ask-broker.ts'
import type { Input } from './command.ts'
import { confirmTyped } from './confirm-typed.ts'
import { EXIT } from './exit-code.ts'
import { instanceText } from './instances-show.ts'
import { print, printJson } from './output.ts'
import { printable } from './printable.ts'

const TOLD =
  'Its provider is asked; when its resource is gone there, the broker forgets the instance and its bindings.\n'

export async function instancesForget({ arguments: { ID = '' }, options }: Input): Promise<number> {
  const instance = await askBroker({ path: ['instances', ID] })
  if (!options['yes']) await confirmTyped(`${instanceText(instance)}\n${TOLD}`, field(instance, 'osbId'))
  const forgotten = await askBroker({
    method: 'POST',
    path: ['instances', field(instance, 'id'), 'forget']
  })
  if (options['json']) printJson(forgotten)
  else {
    const { length } = textsOf(forgotten, 'bindings')
    const [id, platform] = [field(forgotten, 'osbId'), field(forgotten, 'platform')].map(printable)
    print(
      `${id} of ${platform} is forgotten, with ${length} service bindings: the platform hears that it is gone.\n`
    )
  }
  return EXIT.ok
}
