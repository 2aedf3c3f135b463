import { askBroker } from '../ask-broker.ts'
import type { Input } from '../command.ts'
import { print, printJson } from '../output.ts'
import { switchText } from './switch-text.ts'

export async function switchCancel({ arguments: { ID = '' }, options }: Input): Promise<number> {
  const seen = await askBroker({ method: 'POST', path: ['switches', ID, 'cancel'] })
  if (options['json']) printJson(seen)
  else print(switchText(seen))
  return 0
}
