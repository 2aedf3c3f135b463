import { askBroker, LONGEST_LOOK_MS } from './ask-broker.ts'
import type { Input } from './command.ts'
import { driftText } from './drift-text.ts'
import { print, printJson, tell } from './output.ts'

export async function drift({ options }: Input): Promise<number> {
  if (process.stderr.isTTY)
    tell('Every provider is asked what stands there, which may take a minute or two …\n')
  const found = await askBroker({ path: ['drift'], longestMs: LONGEST_LOOK_MS })
  if (options['json']) printJson(found)
  else print(driftText(found))
  return 0
}
