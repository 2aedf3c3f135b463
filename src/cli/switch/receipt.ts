import { writeFileSync } from 'node:fs'
import { askBrokerForText } from '../ask-broker.ts'
import type { Input } from '../command.ts'
import { print, tell } from '../output.ts'
import { printable } from '../printable.ts'

/** As it is signed, for `portolan receipt verify`. */
export async function switchReceipt({ arguments: { ID = '' }, options }: Input): Promise<number> {
  const receipt = await askBrokerForText({
    path: ['switches', ID, options['erasure'] ? 'erasure-receipt' : 'receipt']
  })
  const { output } = options
  if (typeof output !== 'string') {
    print(`${receipt}\n`)
    return 0
  }
  writeFileSync(output, `${receipt}\n`)
  tell(`Verify it: portolan receipt verify ${printable(output)}\n`)
  return 0
}
