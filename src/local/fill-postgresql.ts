import type { Binaries } from './binaries.ts'
import { explainOutput } from './explain.ts'
import { runOnce } from './run-once.ts'
import { type Server, sceneOf } from './server.ts'

/** The superuser's name. It has no password, so nobody can log in with it. */
export const SUPERUSER = 'postgres'

interface Filling {
  readonly binaries: Binaries
  readonly settingsFile: string
  readonly statements: readonly string[]
}

/** `initdb`, and the statements as the superuser without any network. */
export async function fillPostgresql(server: Server, data: string, filling: Filling): Promise<void> {
  await initialise(server, data, filling.binaries)
  await runAlone(server, data, filling)
}

async function initialise(server: Server, data: string, { initdb }: Binaries): Promise<void> {
  const words = [
    '-D',
    data,
    '-U',
    SUPERUSER,
    '-E',
    'UTF8',
    '--auth=reject',
    '--no-instructions',
    '--lc-messages=C'
  ]
  const sync = server.isThrowaway ? ['--no-sync'] : ['--data-checksums']
  const first = await runOnce(server, initdb, [...words, ...sync, `--locale=${localeName()}`], '')
  if (first.code === 0) return
  // A machine may lack every UTF-8 locale; plain C is always there.
  if (!first.output.includes('invalid locale name')) throw explainOutput(first.output, sceneOf(server))
  const second = await runOnce(server, initdb, [...words, ...sync, '--locale=C'], '')
  if (second.code !== 0) throw explainOutput(second.output, sceneOf(server))
}

/** Sorts by code point and knows all letters; never changes with a library's version. */
function localeName(): string {
  return process.platform === 'linux' ? 'C.UTF-8' : 'en_US.UTF-8'
}

/** PostgreSQL's single-user mode: reads statements, each ended by an empty line (-j), and stops at the first error. */
async function runAlone(
  server: Server,
  data: string,
  { binaries, settingsFile, statements }: Filling
): Promise<void> {
  const words = [
    '--single',
    '-j',
    '-D',
    data,
    '-c',
    `config_file=${settingsFile}`,
    '-c',
    'exit_on_error=on',
    'postgres'
  ]
  const input = statements.map((statement) => `${statement};\n\n`).join('')
  const { code, output } = await runOnce(server, binaries.postgres, words, input)
  if (code !== 0) throw explainOutput(output, sceneOf(server))
}
