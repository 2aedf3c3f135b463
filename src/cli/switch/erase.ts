import { field } from '../answer.ts'
import { askBroker } from '../ask-broker.ts'
import type { Input } from '../command.ts'
import { confirmTyped } from '../confirm-typed.ts'
import { print, printJson } from '../output.ts'
import { switchText } from './switch-text.ts'

const TOLD =
  'The source is erased now, before its time is over. It cannot be undone, and there is no way back.\n'

export async function switchErase({ arguments: { ID = '' }, options }: Input): Promise<number> {
  const seen = await askBroker({ path: ['switches', ID] })
  const instance = field(seen, 'osbInstance')
  if (!options['yes']) await confirmTyped(`${switchText(seen)}\n${TOLD}`, instance)
  const path = ['switches', field(seen, 'id'), 'erase']
  const ordered = await askBroker({ method: 'POST', path, body: { confirm: instance } })
  if (options['json']) printJson(ordered)
  else
    print(
      'It is being erased. How it was proven: portolan switch show, and portolan switch receipt --erasure\n'
    )
  return 0
}
