import { start } from './start.ts'

const HELP = `Usage: portolan <command>

  start    run the broker
`

/** The command line: answers the exit code, or nothing while the program goes on running. */
export async function main(argv: readonly string[]): Promise<number | undefined> {
  const [command = 'help'] = argv
  if (command === 'start') return start()
  process.stdout.write(HELP)
  return command === 'help' || command === '--help' ? 0 : 2
}
