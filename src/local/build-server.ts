import { spawn } from 'node:child_process'
import { chownSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { explainError, explainOutput } from './explain.ts'
import { childOptions, type Server, sceneOf } from './server.ts'

/** The superuser's name. It has no password, so nobody can log in with it. */
export const SUPERUSER = 'postgres'

/**
 * Makes a new server's data in a folder beside its own, runs `statements` there as the superuser without any network, and gives it its
 * name at the end: a data folder that exists is complete.
 */
export async function buildServer(server: Server, statements: readonly string[]): Promise<void> {
  const half = `${server.data}.new`
  try {
    rmSync(half, { recursive: true, force: true })
    mkdirSync(half, { mode: 0o700 })
    if (server.user !== undefined) chownSync(half, server.user.uid, server.user.gid)
    await initialise(server, half)
    await runAlone(server, half, statements)
    renameSync(half, server.data)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    throw explainError(error, sceneOf(server))
  }
}

async function initialise(server: Server, data: string): Promise<void> {
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
  const first = await run(server, server.binaries.initdb, [...words, ...sync, `--locale=${localeName()}`], '')
  if (first.code === 0) return
  // A machine may lack every UTF-8 locale; plain C is always there.
  if (!first.output.includes('invalid locale name')) throw explainOutput(first.output, sceneOf(server))
  const second = await run(server, server.binaries.initdb, [...words, ...sync, '--locale=C'], '')
  if (second.code !== 0) throw explainOutput(second.output, sceneOf(server))
}

/** Sorts by code point and knows all letters; never changes with a library's version. */
function localeName(): string {
  return process.platform === 'linux' ? 'C.UTF-8' : 'en_US.UTF-8'
}

/** PostgreSQL's single-user mode: reads statements, each ended by an empty line (-j), and stops at the first error. */
async function runAlone(server: Server, data: string, statements: readonly string[]): Promise<void> {
  const words = [
    '--single',
    '-j',
    '-D',
    data,
    '-c',
    `config_file=${server.settingsFile}`,
    '-c',
    'exit_on_error=on',
    'postgres'
  ]
  const input = statements.map((statement) => `${statement};\n\n`).join('')
  const { code, output } = await run(server, server.binaries.postgres, words, input)
  if (code !== 0) throw explainOutput(output, sceneOf(server))
}

function run(server: Server, program: string, words: readonly string[], input: string) {
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn(program, words, { ...childOptions(server.user), stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text))
    child.stderr.on('data', (text: Buffer) => (output += text))
    // A child that died before it read everything is told of by its exit code.
    child.stdin.on('error', () => undefined)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
    child.stdin.end(input)
  })
}
