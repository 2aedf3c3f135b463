import { spawn } from 'node:child_process'
import { explainOutput } from './explain.ts'
import { childOptions, type Server, sceneOf } from './server.ts'

/** As whom a program runs, and where it keeps files for a while: else in the system's folder for them. */
interface Runs {
  readonly user: Server['user']
  readonly scratch?: string
}

/** Runs a program as the server's user to its good end; throws what it said otherwise. */
export async function complete(
  server: Server & Runs,
  program: string,
  words: readonly string[],
  input = ''
): Promise<void> {
  const { code, output } = await runOnce(server, program, words, input)
  if (code !== 0) throw explainOutput(output, sceneOf(server))
}

/** The slowest takes seconds; one of an object store whose disk does not answer would wait for ever, and the broker's end with it. */
const LONGEST_MS = 120_000

/** Runs a program as the server's user to its end, with `input` as all it can read. Answers what it wrote; one that does not end is ended. */
export function runOnce(
  { user, scratch }: Runs,
  program: string,
  words: readonly string[],
  input: string,
  withinMs = LONGEST_MS
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      ...childOptions(user, scratch),
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: withinMs,
      killSignal: 'SIGKILL'
    })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text))
    child.stderr.on('data', (text: Buffer) => (output += text))
    // A child that died before it read everything is told of by its exit code.
    child.stdin.on('error', () => undefined)
    child.on('error', reject)
    // What it has started may keep its output open.
    child.on('exit', () => {
      if (child.killed) for (const each of [child.stdout, child.stderr]) each.destroy()
    })
    child.on('close', (code) => {
      if (child.killed) output += `error: it did not end within ${withinMs / 1000} seconds\n`
      resolve({ code, output })
    })
    child.stdin.end(input)
  })
}
