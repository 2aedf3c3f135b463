import { createInterface } from 'node:readline/promises'
import { CommandFailure, EXIT } from './exit-code.ts'
import { tell } from './output.ts'

/** A word is typed, so that the wrong line of a history does no harm. */
export async function confirm(warning: string, word: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CommandFailure(EXIT.usage, 'there is no terminal to ask on: give --yes to go on without asking')
  tell(warning)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await lines.question(`Type ${word} to go on: `)
  lines.close()
  if (answer.trim() !== word) throw new CommandFailure(EXIT.failed, 'nothing was changed')
}
