import { askBroker } from './ask-broker.ts'
import type { Input } from './command.ts'
import { driftText } from './drift-text.ts'
import { print, printJson } from './output.ts'

export async function drift({ options }: Input): Promise<number> {
  const found = await askBroker({ path: ['drift'] })
  if (options['json']) printJson(found)
  else print(driftText(found))
  return 0
}
