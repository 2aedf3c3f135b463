import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { arrayAt, numberAt, objectAt, textAt } from '../../src/contract/read.ts'
import { extraNames } from '../../src/local/extra-settings.ts'
import { EXTRAS } from '../../src/local/found-programs.ts'
import { livingPostmaster } from '../../src/local/postmaster.ts'
import { type LocalOptions, type LocalProviders, startLocalProviders } from '../../src/local/providers.ts'
import {
  LOCAL_NAMES,
  type LocalName,
  newRecord,
  readRecord,
  withServer,
  writeRecord
} from '../../src/local/record.ts'
import { REDIS_ENDING } from '../../src/local/redis.ts'
import { stopServer } from '../../src/local/stop-server.ts'

export interface DataFolder {
  readonly dataDir: string
  readonly fallbackFolder: string
  start(more?: Partial<LocalOptions>): Promise<LocalProviders>
  /** Another process that holds the servers. */
  startBroker(programFolders?: readonly string[]): Promise<BrokerLike>
  dataOf(name: LocalName): string
  pidOf(name: LocalName): number
}

export interface BrokerLike {
  readonly process: ChildProcess
  readonly isOwner: boolean
  readonly settings: JsonObject
}

const open: Array<{
  readonly parent: string
  readonly held: LocalProviders[]
  readonly brokers: ChildProcess[]
}> = []

/** A place for one test; `isReachable` false is what root's own 0700 folder looks like to the servers' user. */
export function newDataFolder({ isReachable = true } = {}): DataFolder {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'portolan-local-')))
  chmodSync(parent, 0o711)
  const dataDir = join(parent, 'data')
  mkdirSync(dataDir, { mode: isReachable ? 0o711 : 0o700 })
  const fallbackFolder = join(parent, 'fallback')
  const brokers: ChildProcess[] = []
  const held: LocalProviders[] = []
  const dataOf = (name: LocalName) => join(readRecord(dataDir)?.folder ?? join(dataDir, 'local'), name)
  const folder: DataFolder = {
    dataDir,
    fallbackFolder,
    async start(more) {
      const providers = await startLocalProviders({ dataDir, fallbackFolder, log: () => undefined, ...more })
      held.push(providers)
      return providers
    },
    startBroker: (programFolders = []) => startBroker(folder, brokers, programFolders),
    dataOf,
    pidOf: (name) => livingPostmaster(dataOf(name))?.pid ?? Number.NaN
  }
  open.push({ parent, held, brokers })
  return folder
}

let seed: Promise<string> | undefined

/** A place whose servers were made and stopped before: a copy, since making them takes a second. */
export async function usedDataFolder(): Promise<DataFolder> {
  seed ??= makeSeed()
  const folder = newDataFolder()
  spawnSync('cp', ['-a', `${await seed}/data/.`, folder.dataDir])
  const record = readRecord(folder.dataDir)
  const { servers } = await newRecord()
  if (record === undefined) throw new Error('the copy failed')
  const berlin = withServer(record, 'berlin', { port: servers.berlin.port })
  writeRecord(folder.dataDir, withServer(berlin, 'paris', { port: servers.paris.port }))
  return folder
}

async function makeSeed(): Promise<string> {
  const folder = newDataFolder()
  await (await folder.start()).stop()
  open.splice(
    open.findIndex(({ parent }) => parent === dirname(folder.dataDir)),
    1
  )
  return dirname(folder.dataDir)
}

after(async function () {
  this.timeout(60_000)
  if (seed !== undefined) rmSync(await seed, { recursive: true, force: true })
})

/** For `afterEach`: nothing of a test's servers and processes stays. */
export async function removeDataFolders(): Promise<void> {
  for (const { parent, held, brokers } of open.splice(0)) {
    await Promise.all(held.map((providers) => providers.stop()))
    for (const broker of brokers) broker.kill('SIGKILL')
    const homes = [join(parent, 'data', 'local'), ...below(join(parent, 'fallback'))]
    await Promise.all(homes.map(stopAllIn))
    rmSync(parent, { recursive: true, force: true })
  }
}

async function stopAllIn(home: string): Promise<void> {
  const extras = LOCAL_NAMES.flatMap((name) => EXTRAS.flatMap((extra) => extraNames(name, extra)))
  await Promise.all([
    ...LOCAL_NAMES.map((name) => stopServer(join(home, name))),
    ...extras.map((name) => stopServer(join(home, name), REDIS_ENDING))
  ])
}

/** The managed root's way in, out of the settings that the adapter gets. */
export function accessOf(settings: JsonObject, database = 'postgres'): PostgresqlAccess {
  const server = arrayAt(settings, 'servers')[0] as JsonObject
  return {
    kind: 'postgresql',
    host: textAt(server, 'host'),
    port: numberAt(server, 'port'),
    user: textAt(server, 'user'),
    password: textAt(server, 'password'),
    database,
    network: 'private'
  }
}

export function settingsOf(broker: BrokerLike, name: LocalName): JsonObject {
  return objectAt(broker.settings, name)
}

export async function killed(broker: BrokerLike): Promise<void> {
  const ended = once(broker.process, 'exit')
  broker.process.kill('SIGKILL')
  await ended
}

/** Runs a script beside this file, from sources or compiled. */
export function spawnScript(name: string, words: readonly string[], env = process.env): ChildProcess {
  const extension = extname(import.meta.url)
  const script = fileURLToPath(new URL(`./${name}${extension}`, import.meta.url))
  const loader = extension === '.ts' ? ['--import=tsx'] : []
  return spawn(process.execPath, [...loader, script, ...words], { stdio: ['ignore', 'pipe', 'inherit'], env })
}

async function startBroker(
  folder: DataFolder,
  brokers: ChildProcess[],
  programFolders: readonly string[]
): Promise<BrokerLike> {
  const env = { ...process.env, PGPASSWORD: 'not-for-children', npm_config_registry: 'not-for-children' }
  const child = spawnScript('broker-like', [folder.dataDir, folder.fallbackFolder, ...programFolders], env)
  brokers.push(child)
  if (child.stdout === null) throw new Error('no stdout')
  for await (const line of createInterface(child.stdout)) {
    return { process: child, ...(JSON.parse(line) as { isOwner: boolean; settings: JsonObject }) }
  }
  throw new Error('the broker ended before it was ready')
}

function below(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}
