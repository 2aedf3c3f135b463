import { spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '../../src/contract/json.ts'
import { built } from './built.ts'
import { keepLine } from './journal.ts'
import { root } from './root.ts'

/** What a command did. */
export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A folder that a person works in, with its settings and data, and nothing of the machine's environment. */
export interface Desk {
  readonly folder: string
  readonly data: string
  /** `input` is what stands on standard input. */
  run(words: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Promise<Ran>
  json(words: readonly string[]): Promise<JsonObject>
  settings(settings: JsonObject): void
  remove(): void
}

const LONGEST_MS = 120_000

export function desk(settings?: JsonObject): Desk {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portolan-desk-')))
  const data = join(folder, 'data')
  const run: Desk['run'] = async (words, env = {}, input = '') => {
    await built()
    return ended(words, folder, { ...bare(), PORTOLAN_DATA: data, ...env }, input)
  }
  const made: Desk = {
    folder,
    data,
    run,
    async json(words) {
      const { code, out, err } = await run([...words, '--json'])
      if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${err}`)
      return JSON.parse(out) as JsonObject
    },
    settings(next) {
      writeFileSync(join(folder, 'portolan.yaml'), JSON.stringify(next), { mode: 0o600 })
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
  if (settings) made.settings(settings)
  return made
}

/** PATH and the like; no setting, colour or terminal of whoever runs the tests. */
function bare(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) }
}

function ended(
  words: readonly string[],
  cwd: string,
  env: Record<string, string>,
  input: string
): Promise<Ran> {
  const child = spawn(process.execPath, [join(root, 'src/boot/boot.mjs'), ...words], {
    cwd,
    env,
    stdio: 'pipe',
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL'
  })
  // Most commands read nothing and are gone before it is written.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    text.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    text.err += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      for (const line of `${text.out}${text.err}`.split('\n')) keepLine(line)
      resolve({ code, ...text })
    })
  })
}
