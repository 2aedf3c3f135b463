import { printableJson } from './printable.ts'

export function print(text: string): void {
  process.stdout.write(text)
}

export function printJson(value: unknown): void {
  print(`${printableJson(value)}\n`)
}

/** Beside the result: hints and questions. */
export function tell(text: string): void {
  process.stderr.write(text)
}

const COLOURS = { red: 31, yellow: 33, green: 32 } as const

/** Only on a terminal, and never with NO_COLOR (no-color.org). */
export function coloured(colour: keyof typeof COLOURS, text: string): string {
  const { NO_COLOR, TERM } = process.env
  const isWanted = process.stdout.isTTY && !NO_COLOR && TERM !== 'dumb'
  return isWanted ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text
}
