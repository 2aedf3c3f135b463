import { UNSEEN } from '../../domain/unseen.ts'

/** A word of a command; `instead`, in capitals, is left to the operator where a terminal does not show the text as it is. */
interface Word {
  readonly text: string
  readonly instead: string
}

/** A command to be pasted into a POSIX shell: somebody else may have chosen the names in it. */
export function commandLine(
  command: string,
  words: readonly Word[],
  options: Readonly<Record<string, Word>> = {}
): string {
  const given = words.map(shellWord)
  const named = Object.entries(options).map(
    ([name, word]) => `--${name}${isOptionLike(word) ? '=' : ' '}${shellWord(word)}`
  )
  const parts = words.some(isOptionLike) ? [...named, '--', ...given] : [...given, ...named]
  return [command, ...parts].join(' ')
}

function isOptionLike({ text }: Word): boolean {
  return text.startsWith('-')
}

function shellWord({ text, instead }: Word): string {
  if (text.search(UNSEEN) !== -1) return instead
  return /^[\w.:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
