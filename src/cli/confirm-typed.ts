import { createInterface } from 'node:readline/promises'
import { CommandFailure, EXIT } from './exit-code.ts'
import { tell } from './output.ts'
import { printable } from './printable.ts'

/**
 * An id is typed, so that the wrong line of a history does not take away a database. `told`: what would happen. `instead`: the option
 * for those who have no terminal.
 */
export async function confirmTyped(told: string, id: string, instead = '--yes'): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CommandFailure(
      EXIT.usage,
      `there is no terminal to ask on: give ${instead} to go on without asking`
    )
  tell(told)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const expected = printable(id)
  const answer = await lines.question(`Type ${expected} to go on: `)
  lines.close()
  if (answer.trim() !== expected) throw new CommandFailure(EXIT.failed, 'nothing was changed')
}
