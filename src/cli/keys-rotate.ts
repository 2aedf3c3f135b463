import { field } from './answer.ts'
import { askBroker } from './ask-broker.ts'
import type { Input } from './command.ts'
import { print, printJson } from './output.ts'

/** The broker works for a while at a time; it is asked until nothing is left. */
export async function keysRotate({ options }: Input): Promise<number> {
  let resealed = 0
  for (;;) {
    const answer = await askBroker({ method: 'POST', path: ['keys', 'rotate'] })
    resealed += Number(answer['resealed'])
    if (answer['complete'] !== true) continue
    const key = field(answer, 'key')
    if (options['json']) printJson({ key, resealed, complete: true })
    else print(`Everything is sealed with the key "${key}" now (${resealed} rows anew). The others can go.\n`)
    return 0
  }
}
