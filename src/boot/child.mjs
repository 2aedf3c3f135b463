import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/**
 * Runs one child to its end. TERM and INT are handed on to it, and nothing else happens here: the child decides.
 * `output`: 'stderr' (both streams, so that stdout stays the program's), 'inherit', or 'kept' (returned as text).
 */
export function runChild(command, args, { cwd, output }) {
  const stdio = { stderr: ['ignore', 2, 2], inherit: 'inherit', kept: ['ignore', 'pipe', 'pipe'] }[output]
  const child = spawn(command, args, { cwd, stdio })
  const kept = []
  child.stdout?.on('data', (chunk) => kept.push(chunk))
  child.stderr?.on('data', (chunk) => kept.push(chunk))
  const stop = (signal) => child.kill(signal)
  process.on('SIGINT', stop).on('SIGTERM', stop)
  return new Promise((resolve) => {
    const end = (code, text) => {
      process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop)
      resolve({ code, text })
    }
    child.once('error', (error) => end(127, `${command}: ${error.message}\n`))
    child.once('close', (code, signal) =>
      end(code ?? 128 + constants.signals[signal], Buffer.concat(kept).toString())
    )
  })
}
