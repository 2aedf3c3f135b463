import { createInterface } from 'node:readline/promises'
import { CommandFailure, EXIT } from './exit-code.ts'
import { tell } from './output.ts'
import { printable } from './printable.ts'

/** An id is typed, so that the wrong line of a history does not take away a database. `told`: what would happen. */
export async function confirmTyped(told: string, id: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CommandFailure(EXIT.usage, 'there is no terminal to ask on: give --yes to go on without asking')
  tell(told)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const expected = printable(id)
  const answer = await lines.question(`Type ${expected} to go on: `)
  lines.close()
  if (answer.trim() !== expected) throw new CommandFailure(EXIT.failed, 'nothing was changed')
}
