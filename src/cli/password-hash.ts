import { createInterface } from 'node:readline'
import { hashPassword } from '../identity/password-hash.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { print, tell } from './output.ts'

/** The password comes by standard input: arguments stand in the process list and in the shell's history. */
export async function passwordHash(): Promise<number> {
  const password = await firstLine()
  if (password === '') throw new CommandFailure(EXIT.usage, 'the password is empty')
  print(`${await hashPassword(password)}\n`)
  return EXIT.ok
}

/** On a terminal what is typed is seen by nobody. */
async function firstLine(): Promise<string> {
  const isTyped = process.stdin.isTTY
  const lines = createInterface({ input: process.stdin, terminal: isTyped })
  if (isTyped) tell('Password: ')
  for await (const line of lines) {
    lines.close()
    if (isTyped) tell('\n')
    return line
  }
  return ''
}
