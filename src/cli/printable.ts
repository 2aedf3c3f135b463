import { UNSEEN } from '../domain/unseen.ts'

/** Text from outside, fit for one place on one line of a terminal: nothing in it can move the cursor or turn the line around. */
export function printable(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(UNSEEN, '')
}

/** The same of a line that is to be pasted: spaces in it mean something. */
export function pasteable(line: string): string {
  return line.replaceAll(UNSEEN, '')
}

/** JSON in which such characters are written as escapes; it means the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(UNSEEN, (found) =>
    found === '\n' ? found : escaped(found)
  )
}

function escaped(found: string): string {
  return Array.from({ length: found.length }, (_, index) => found.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('')
}
