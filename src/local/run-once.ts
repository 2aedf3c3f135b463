import { spawn } from 'node:child_process'
import { explainOutput } from './explain.ts'
import { childOptions, type Server, sceneOf } from './server.ts'

/** Runs a program as the server's user to its good end; throws what it said otherwise. */
export async function complete(
  server: Server,
  program: string,
  words: readonly string[],
  input = ''
): Promise<void> {
  const { code, output } = await runOnce(server, program, words, input)
  if (code !== 0) throw explainOutput(output, sceneOf(server))
}

/** Runs a program as the server's user to its end, with `input` as all it can read. Answers what it wrote. */
export function runOnce(
  server: Pick<Server, 'user'>,
  program: string,
  words: readonly string[],
  input: string
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
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
