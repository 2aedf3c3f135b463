import type { Command } from './command.ts'
import { COMMANDS, findCommand, subcommands } from './commands.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { helpOf, helpOfAll, overview } from './help.ts'
import { readInput } from './read-input.ts'
import { sentence } from './sentence.ts'

/** The command line: answers the exit code, or nothing while the program goes on running. */
export async function main(argv: readonly string[]): Promise<number | undefined> {
  process.stdout.on('error', endOnClosedPipe)
  try {
    return await run(argv)
  } catch (error) {
    process.stderr.write(`portolan: ${sentence(error)}\n`)
    return error instanceof CommandFailure ? error.exitCode : EXIT.failed
  }
}

async function run(argv: readonly string[]): Promise<number | undefined> {
  const [first, second] = argv
  if (first === undefined || isHelp(first)) {
    process.stdout.write(overview())
    return first === undefined ? EXIT.usage : EXIT.ok
  }
  const command = findCommand(first === '--version' ? ['version'] : argv)
  if (!command && isHelp(second) && subcommands(first).length > 0) {
    process.stdout.write(helpOfAll(first))
    return EXIT.ok
  }
  if (!command || isUnknownSubcommand(command, argv)) throw unknown(argv)
  const input = readInput(command, argv.slice(command.name.split(' ').length))
  if (input === 'help') {
    process.stdout.write(helpOf(command))
    return EXIT.ok
  }
  return (await command.load())(input)
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h'
}

/** `operations nix`: a list takes no arguments, so its second word was meant to be a command. */
function isUnknownSubcommand(
  { name, arguments: described = [] }: Command,
  [, second = '-']: readonly string[]
) {
  return (
    !name.includes(' ') && described.length === 0 && subcommands(name).length > 0 && !second.startsWith('-')
  )
}

function unknown([first = '', second]: readonly string[]): CommandFailure {
  const seconds = subcommands(first)
  const choice = seconds.length > 0 ? seconds.map((word) => `${first} ${word}`) : firstWords(COMMANDS)
  if (seconds.length > 0 && (second === undefined || second.startsWith('-')))
    return new CommandFailure(EXIT.usage, `which one: ${choice.join(', ')}?`)
  const written = seconds.length > 0 ? `${first} ${second}` : first
  return new CommandFailure(EXIT.usage, `there is no command "${written}"; there are ${choice.join(', ')}`)
}

function firstWords(commands: readonly Command[]): string[] {
  return [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))]
}

/** `portolan instances | head -1`: whoever reads has enough. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  throw error
}
