import type { Argument, Command, Input } from './command.ts'
import { COMMANDS, findCommand, subcommands } from './commands.ts'
import { CommandFailure, EXIT, EXIT_MEANINGS } from './exit-code.ts'

const LIVE = [
  'Asks the running broker. Where: PORTOLAN_URL, else what the broker wrote into its data folder, else the settings.',
  'Login: PORTOLAN_OPERATOR_USERNAME and PORTOLAN_OPERATOR_PASSWORD (or _FILE), else the first operator of the settings',
  'that has a password, else operator.json in the data folder.'
]

export async function help({ arguments: words }: Input): Promise<number> {
  const { COMMAND: first, SUBCOMMAND: second } = words
  if (first === undefined) {
    process.stdout.write(overview())
    return EXIT.ok
  }
  const written = second === undefined ? [first] : [first, second]
  const command = findCommand(written)
  if (second === undefined && subcommands(first).length > 0) {
    process.stdout.write(helpOfAll(first))
    return EXIT.ok
  }
  if (command?.name !== written.join(' '))
    throw new CommandFailure(EXIT.usage, `there is no command "${written.join(' ')}"`)
  process.stdout.write(helpOf(command))
  return EXIT.ok
}

/** Of every command that begins with this word. */
export function helpOfAll(first: string): string {
  return COMMANDS.filter(({ name }) => name.split(' ')[0] === first)
    .map(helpOf)
    .join('\n')
}

/** The whole command line on one screen. */
export function overview(): string {
  const lines = COMMANDS.map((command) => [head(command), command.summary] as const)
  return [
    'Portolan, an Open Service Broker.',
    '',
    'Usage: portolan COMMAND',
    '',
    ...columns(lines),
    '',
    'portolan COMMAND --help tells more about one of them.',
    '',
    'Exit codes:',
    ...columns(Object.entries(EXIT_MEANINGS)),
    ''
  ].join('\n')
}

export function helpOf(command: Command): string {
  const { summary, details = [], isLive, example } = command
  const described = (command.arguments ?? []).map(({ name, help: text }) => [name, text] as const)
  const options = Object.entries(command.options ?? {}).flatMap(
    ([name, { value, choices, help: text, isRepeated }]) => {
      const values = choices ? `: ${choices.join(', ')}` : ''
      const often = isRepeated ? '; may be given several times' : ''
      const [first = '', ...more] = wrapped(`${text}${values}${often}`)
      const named = `--${name}${value === undefined ? '' : ` ${value}`}`
      return [[named, first] as const, ...more.map((line) => ['', line] as const)]
    }
  )
  return [
    `portolan ${command.name}: ${summary}`,
    '',
    `Usage: portolan ${head(command)}${options.length > 0 ? ' [OPTIONS]' : ''}`,
    '',
    ...columns([...described, ...options, ['--help', 'show this']]),
    '',
    ...details,
    ...(details.length > 0 ? [''] : []),
    ...(isLive ? [...LIVE, ''] : []),
    `Example${example.length > 1 ? 's' : ''}:`,
    ...example.map((line) => `  ${line}`),
    ''
  ].join('\n')
}

/** No line of help is wider than a terminal. */
function wrapped(text: string): readonly string[] {
  return text.match(/.{1,90}(?:\s|$)/g)?.map((line) => line.trimEnd()) ?? [text]
}

function head(command: Command): string {
  const required = Object.entries(command.options ?? {}).flatMap(([name, { value, isRequired }]) =>
    isRequired ? [`--${name} ${value}`] : []
  )
  return [command.name, ...(command.arguments ?? []).map(shown), ...required].join(' ')
}

function shown({ name, isOptional }: Argument): string {
  return isOptional ? `[${name}]` : name
}

function columns(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...lines.map(([first]) => first.length))
  return lines.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`)
}
