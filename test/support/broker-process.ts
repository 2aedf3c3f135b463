import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type { JsonObject } from '../../src/contract/json.ts'
import { built } from './built.ts'
import { freePort } from './free-port.ts'
import { keepLine, keepSecret } from './journal.ts'
import type { OsbLogin } from './osb-client.ts'
import { endAllNaming } from './processes.ts'
import { root } from './root.ts'

export interface BrokerOptions {
  /** portolan.yaml; absent: what a user has who wrote none. */
  readonly settings?: JsonObject
  readonly env?: Readonly<Record<string, string>>
  /** A data folder of `dataFolder`; absent: one of its own. */
  readonly data?: string
  /** A module of `dist` that exports `main(words)`; absent: `portolan start`. */
  readonly program?: { readonly file: string; readonly words: readonly string[] }
}

/** A broker as a user starts it, in a process of its own; it can be killed and started again on the same port and data. */
export interface BrokerProcess {
  readonly url: string
  readonly port: number
  readonly data: string
  readonly isRunning: boolean
  readonly pid: number
  /** What this process wrote since it was made, over all its starts. */
  readonly lines: readonly string[]
  /** Resolves when /readyz says 200. */
  start(): Promise<void>
  /** SIGKILL; its local servers stay. */
  kill(): Promise<void>
  /** SIGTERM, as a service manager does; resolves to the exit code. */
  stop(): Promise<number | null>
}

const PORTOLAN_START = { file: 'src/cli/main.js', words: ['start'] }
const READY_WITHIN_MS = 120_000
const STOPPED_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 50

const folders = new Set<string>()
const all = new Set<BrokerProcess>()

/** A data folder that `removeBrokers` takes away. Servers that run as another user can reach it. */
export function dataFolder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'portolan-journey-')))
  chmodSync(path, 0o711)
  folders.add(path)
  return path
}

export async function brokerProcess(options: BrokerOptions = {}): Promise<BrokerProcess> {
  await built()
  const data = options.data ?? dataFolder()
  const port = await freePort()
  const settingsFile = join(data, 'portolan.yaml')
  if (options.settings !== undefined)
    writeFileSync(settingsFile, JSON.stringify(options.settings), { mode: 0o600 })
  const url = `http://127.0.0.1:${port}`
  const lines: string[] = []
  let child: ChildProcess | undefined
  const broker: BrokerProcess = {
    url,
    port,
    data,
    lines,
    get isRunning() {
      return child !== undefined && child.exitCode === null && child.signalCode === null
    },
    get pid() {
      return child?.pid ?? 0
    },
    async start() {
      child = launch(data, options.program ?? PORTOLAN_START, {
        // Not the machine's: a login or a database of whoever runs the tests.
        ...withoutSettings(process.env),
        PORT: String(port),
        PORTOLAN_DATA: data,
        ...(options.settings === undefined ? {} : { PORTOLAN_CONFIG: settingsFile }),
        ...options.env
      })
      follow(child, lines)
      await ready(child, url, lines)
      keepGenerated(data)
    },
    async kill() {
      if (!broker.isRunning || child === undefined) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      if (!broker.isRunning || child === undefined) return child?.exitCode ?? null
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const limit = setTimeout(() => child?.kill('SIGKILL'), STOPPED_WITHIN_MS)
      const [code] = await ended
      clearTimeout(limit)
      return code as number | null
    }
  }
  all.add(broker)
  return broker
}

export async function startedBroker(options: BrokerOptions = {}): Promise<BrokerProcess> {
  const broker = await brokerProcess(options)
  await broker.start()
  return broker
}

/** Brokers, their local servers and their data. */
export async function removeBrokers(): Promise<void> {
  await Promise.all([...all].map((broker) => broker.stop()))
  all.clear()
  for (const folder of folders) {
    await endAllNaming(folder)
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
  folders.clear()
}

export function loginIn(data: string, file: 'login.json' | 'operator.json' = 'login.json'): OsbLogin {
  return JSON.parse(readFileSync(join(data, file), 'utf8')) as OsbLogin
}

/** The same process whatever happens to the sources meanwhile: nothing is built anew between two starts. */
function launch(
  cwd: string,
  { file, words }: NonNullable<BrokerOptions['program']>,
  env: NodeJS.ProcessEnv
): ChildProcess {
  const program = pathToFileURL(join(root, 'dist', file)).href
  const code = `const { main } = await import(${JSON.stringify(program)}); const code = await main(${JSON.stringify(words)}); if (code !== undefined) process.exitCode = code`
  return spawn(process.execPath, ['--input-type=module', '--eval', code], {
    // Where no portolan.yaml of whoever runs the tests is found.
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

const SETTING = /^(PORTOLAN_.*|DATABASE_URL|HOST|PORT|LOG_LEVEL)$/

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SETTING.test(name)))
}

function follow(child: ChildProcess, lines: string[]): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      keepLine(line)
    })
  }
}

async function ready(child: ChildProcess, url: string, lines: readonly string[]): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(
        `the broker ended (${child.exitCode ?? child.signalCode}):\n${lines.slice(-20).join('\n')}`
      )
    if (await isReady(url)) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw new Error(`the broker was not ready in time:\n${lines.slice(-20).join('\n')}`)
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`, { headers: { connection: 'close' } })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}

function keepGenerated(data: string): void {
  for (const file of ['login.json', 'operator.json'] as const) {
    if (existsSync(join(data, file))) keepSecret(loginIn(data, file).password)
  }
  const keys = join(data, 'keys')
  if (existsSync(keys))
    keepSecret(
      ...readFileSync(keys, 'utf8')
        .split('\n')
        .map((line) => line.split(':')[1])
    )
  const local = join(data, 'local.json')
  if (existsSync(local))
    keepSecret(
      ...[...readFileSync(local, 'utf8').matchAll(/"password":\s*"([^"]+)"/g)].map(([, found]) => found)
    )
}
