/** The command line. Resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  console.log(`usage: portolan <command>; there is no ${argv[0] ?? 'command'} yet`)
  return 2
}
