import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { ProviderFailure } from '../contract/errors.ts'
import { Complaint } from '../contract/ports.ts'
import { groupOf } from './process-group.ts'
import { searchPath } from './search-path.ts'

const MAXIMUM_OUTPUT_BYTES = 64 * 1024 * 1024
const KEPT_ERROR_BYTES = 16 * 1024
/** What a program that got out of its group may still write into our pipes. */
const AFTER_EXIT_MS = 2000

export interface Run {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Where it works, and its `HOME`. */
  readonly folder: string
  /** Ends it, with everything it started. */
  readonly signal: AbortSignal
}

/** Answers what the program wrote to standard output, see `Workspace.run`. */
export async function runProgram(run: Run): Promise<string> {
  const { program, args, signal } = run
  const name = basename(program)
  const before = await dyingWithUs()
  if (signal.aborted) throw ended(name)
  const [file = program, ...words] = [...before, program, ...args]
  const child = spawn(file, words, {
    cwd: run.folder,
    env: { ...run.environment, PATH: searchPath(), LC_ALL: 'C', HOME: run.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  return watch(child, name, signal)
}

async function watch(child: ChildProcess, name: string, signal: AbortSignal): Promise<string> {
  const group = groupOf(child)
  const stop = () => group.end()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const output = outputOf(child, () => group.end())
    const verdict = await endOf(child)
    const { text, errors, isTooLong } = output()
    if (signal.aborted) throw ended(name)
    if (isTooLong) throw new ProviderFailure('unexpected', `${name}: wrote more than 64 MB`)
    if (verdict !== '') throw complained(name, errors(), verdict)
    return text()
  } finally {
    signal.removeEventListener('abort', stop)
    group.end()
  }
}

/** Empty when it ended well. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(`cannot be started (${error.code ?? 'unknown'})`)
    )
    child.once('exit', () => {
      setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, AFTER_EXIT_MS).unref()
    })
    child.once('close', (code, killedBy) => {
      if (code === 0) resolve('')
      else resolve(killedBy === null ? `ended with ${code}` : `ended by ${killedBy}`)
    })
  })
}

function outputOf(child: ChildProcess, stop: () => void) {
  const output: Buffer[] = []
  let size = 0
  let errors: Buffer = Buffer.alloc(0)
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAXIMUM_OUTPUT_BYTES) stop()
    else output.push(chunk)
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = Buffer.concat([errors, chunk]).subarray(-KEPT_ERROR_BYTES)
  })
  return () => ({
    isTooLong: size > MAXIMUM_OUTPUT_BYTES,
    text: () => Buffer.concat(output).toString('utf8'),
    errors: () => errors.toString('utf8')
  })
}

function complained(name: string, errors: string, verdict: string): ProviderFailure {
  const reason = lastLine(errors, name) || verdict
  return new ProviderFailure('unexpected', `${name}: ${reason}`, { cause: new Complaint(errors) })
}

function lastLine(text: string, name: string): string {
  const line = text.split('\n').findLast((each) => each.trim() !== '') ?? ''
  const readable = line.replaceAll(/\p{C}+/gu, ' ').trim()
  const reason = readable.startsWith(`${name}: `) ? readable.slice(name.length + 2) : readable
  return /^.{0,300}/u.exec(reason)?.[0] ?? ''
}

async function findSetpriv(): Promise<readonly string[]> {
  const words = ['setpriv', '--pdeathsig', 'KILL', '--'] as const
  const [file, ...args] = words
  try {
    await promisify(execFile)(file, [...args, 'true'], { env: { PATH: searchPath() }, timeout: 10_000 })
    return words
  } catch {
    return []
  }
}

let found: Promise<readonly string[]> | undefined

/** What to put before a program so that the system kills it when we die; nothing where the machine has no such thing. */
function dyingWithUs(): Promise<readonly string[]> {
  found ??= findSetpriv()
  return found
}

function ended(name: string): ProviderFailure {
  return new ProviderFailure('unavailable', `${name} was ended before it was done.`, {
    mayHaveHappened: true
  })
}
