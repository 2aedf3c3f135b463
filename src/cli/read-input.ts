import { parseArgs } from 'node:util'
import type { Command, Input } from './command.ts'
import { CommandFailure, EXIT } from './exit-code.ts'

/** What follows a command's own words; `help` when it asks for that. */
export function readInput(command: Command, words: readonly string[]): Input | 'help' {
  const described = command.options ?? {}
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        Object.entries(described).map(([name, { value }]) => [
          name,
          { type: value === undefined ? ('boolean' as const) : ('string' as const) }
        ])
      )
    }
  })
  const options: Record<string, string | true> = {}
  const lists: Record<string, string[]> = {}
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    if (token.name === 'help') return 'help'
    // `--limit --json`: what looks like an option is none's value unless it is joined by `=`.
    const isValue = token.inlineValue === true || token.value?.startsWith('-') !== true
    const value = optionValue(command, token.name, token.rawName, isValue ? token.value : undefined)
    if (described[token.name]?.isRepeated) lists[token.name] = [...(lists[token.name] ?? []), String(value)]
    else options[token.name] = value
  }
  const named = namedArguments(command, positionals)
  requireOptions(command, options)
  return { arguments: named, options, lists }
}

function requireOptions(command: Command, given: Input['options']): void {
  const described = Object.entries(command.options ?? {})
  const missing = described.find(([name, { isRequired }]) => isRequired && !Object.hasOwn(given, name))
  if (missing) throw misuse(command, `--${missing[0]} is missing`)
}

function optionValue(command: Command, name: string, written: string, value: string | undefined) {
  const options = command.options ?? {}
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined || !written.startsWith('--'))
    throw misuse(command, `there is no option ${written}`)
  if (option.value === undefined) {
    if (value !== undefined) throw misuse(command, `${written} takes no value`)
    return true
  }
  if (value === undefined || value === '') throw misuse(command, `${written} needs a value`)
  if (option.choices && !option.choices.includes(value))
    throw misuse(command, `${written} must be one of ${option.choices.join(', ')}`)
  return value
}

function namedArguments(command: Command, given: readonly string[]): Record<string, string> {
  const described = command.arguments ?? []
  const surplus = given[described.length]
  if (surplus !== undefined) throw misuse(command, `"${surplus}" is one word too many`)
  const missing = described[given.length]
  if (missing !== undefined && !missing.isOptional) throw misuse(command, `${missing.name} is missing`)
  return Object.fromEntries(
    given.map((value, index) => {
      const { name = '', choices } = described[index] ?? {}
      if (choices && !choices.includes(value))
        throw misuse(command, `${name} must be one of ${choices.join(', ')}`)
      return [name, value]
    })
  )
}

function misuse({ name }: Command, what: string): CommandFailure {
  return new CommandFailure(EXIT.usage, `${what} (portolan ${name} --help shows how it is used)`)
}
