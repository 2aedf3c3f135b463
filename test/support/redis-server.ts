import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RedisAccess } from '../../src/contract/access.ts'
import type { Json } from '../../src/contract/json.ts'
import { chooseFreePort } from '../../src/local/ports.ts'
import { signal as kill, processAt, processesIn } from '../../src/local/processes.ts'
import { REDIS_ROOT_RIGHTS } from '../../src/local/redis.ts'
import { redisPort } from '../../src/transport/redis.ts'
import { until } from './core.ts'
import { need } from './need.ts'

export interface TestRedis {
  readonly port: number
  /** Everything is allowed to it: only tests have one. */
  readonly admin: RedisAccess
  /** What the broker is given. */
  readonly owner: RedisAccess
  /** The lines of the aclfile, as it is on the disk. */
  savedUsers(): readonly string[]
  /** The files that hold its data. */
  dataFiles(): readonly string[]
  /** One command of the admin. */
  ask(...words: readonly string[]): Promise<Json>
  /** Stops it as a machine that loses its power would, and starts it again. */
  restart(): Promise<void>
}

/** The aclfile is written and synced for each change: in memory that costs nothing. */
const HOME = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const PREFIX = 'portolan-test-redis-'
const { signal } = new AbortController()
const port = redisPort({ signal })

const servers = new Map<string, Promise<TestRedis>>()
const children = new Map<string, ChildProcess>()

/** A throwaway Redis for the whole test process, started by the first who asks for that name and removed at its end. */
export function redisServer(name = 'main', settings: readonly string[] = []): Promise<TestRedis> {
  const known = servers.get(name)
  if (known !== undefined) return known
  const server = start(settings)
  servers.set(name, server)
  return server
}

// Registered when a test file is loaded, outside every suite: runs once, after everything.
if (typeof after === 'function') after(stopAll)

// A run that is cut off without its hooks.
process.once('exit', stopAll)

function stopAll(): void {
  for (const [folder, child] of children) {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  children.clear()
}

async function start(settings: readonly string[]): Promise<TestRedis> {
  sweep()
  const folder = mkdtempSync(join(HOME, `${PREFIX}${process.pid}-`))
  const aclFile = join(folder, 'users.acl')
  const passwords = { admin: randomBytes(18).toString('hex'), owner: randomBytes(18).toString('hex') }
  writeFileSync(
    aclFile,
    [
      'user default off resetchannels -@all',
      `user admin on >${passwords.admin} ~* &* +@all`,
      `user portolan on >${passwords.owner} ${REDIS_ROOT_RIGHTS}`,
      ''
    ].join('\n')
  )
  const number = await runSomewhere(folder, settings)
  const accessOf = (user: string, password: string): RedisAccess => ({
    kind: 'redis',
    host: '127.0.0.1',
    port: number,
    user,
    password,
    network: 'private'
  })
  const admin = accessOf('admin', passwords.admin)
  return {
    port: number,
    admin,
    owner: accessOf('portolan', passwords.owner),
    savedUsers: () => readFileSync(aclFile, 'utf8').trim().split('\n'),
    dataFiles: () => dataFilesIn(folder),
    ask: (...words) => port(admin, (session) => session.command(...words)),
    async restart() {
      const child = children.get(folder)
      child?.kill('SIGKILL')
      await until(async () => child?.exitCode !== null || child.signalCode !== null, 10_000)
      if (!(await run(folder, number, settings))) throw new Error('the server did not start again')
    }
  }
}

function dataFilesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(aof|rdb)$/.test(name))
    .map((name) => join(folder, name))
}

/** Other test processes choose ports at the same time. */
async function runSomewhere(folder: string, settings: readonly string[]): Promise<number> {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const number = await chooseFreePort()
    if (await run(folder, number, settings)) return number
  }
  throw new Error('redis-server did not start')
}

/** Resolves with whether it came up. */
async function run(folder: string, number: number, settings: readonly string[]): Promise<boolean> {
  const place = ['--port', String(number), '--bind', '127.0.0.1', '--dir', folder]
  const keeping = ['--aclfile', join(folder, 'users.acl'), '--save', '', '--appendonly', 'no']
  const memory = ['--maxmemory', '64mb', '--maxmemory-policy', 'noeviction']
  const careful = ['--sanitize-dump-payload', 'clients']
  // Nothing but the access list keeps a tenant from them.
  const dangers = ['--enable-debug-command', 'yes', '--enable-module-command', 'yes']
  const words = [...place, ...keeping, ...memory, ...careful, ...dangers, ...settings]
  const child = spawn(need('redis-server'), words, { stdio: ['ignore', 'pipe', 'ignore'] })
  children.set(folder, child)
  return new Promise((resolve) => {
    let told = ''
    child.stdout?.on('data', (text) => {
      told += String(text)
      if (told.includes('Ready to accept connections')) resolve(true)
    })
    child.once('exit', () => resolve(false))
  })
}

/** What a killed run left behind. */
function sweep(): void {
  for (const name of readdirSync(HOME).filter((each) => each.startsWith(PREFIX))) {
    const owner = Number(name.slice(PREFIX.length).split('-')[0])
    const path = join(HOME, name)
    if (processAt(owner) !== undefined || !existsSync(path)) continue
    for (const pid of processesIn(path)) kill(pid, 'SIGKILL')
    rmSync(path, { recursive: true, force: true })
  }
}
