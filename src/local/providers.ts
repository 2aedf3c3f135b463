import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../contract/json.ts'
import type { Resolve } from './binaries.ts'
import { explainError } from './explain.ts'
import { LocalServerError } from './local-server-error.ts'
import { type DataLock, lockData } from './lock.ts'
import { choosePlace, FALLBACK_FOLDER, makeDataFolder, makePlace, placeBinaries } from './place.ts'
import { postgresql } from './postgresql.ts'
import { livingPostmaster } from './postmaster.ts'
import { settingsOf } from './provider-settings.ts'
import { raiseServer } from './raise-server.ts'
import {
  LOCAL_NAMES,
  type LocalName,
  type LocalRecord,
  newRecord,
  readRecord,
  recordPath,
  withServer,
  writeRecord
} from './record.ts'
import type { RunningServer } from './run-server.ts'
import type { Server } from './server.ts'
import { writeSettings } from './settings-file.ts'
import { waitFor } from './wait.ts'

export interface LocalOptions {
  /** `PORTOLAN_DATA`; made when absent. */
  readonly dataDir: string
  /** One line for the operator's log; never a secret. */
  readonly log: (text: string, facts?: JsonObject) => void
  /** The lock on `dataDir` when the caller holds it already; else it is taken here and released by `stop`. */
  readonly lock?: DataLock
  /** Where the servers go when their user cannot reach `dataDir`. */
  readonly fallbackFolder?: string
  readonly resolve?: Resolve
}

export interface LocalProviders {
  /** Settings of the adapter `postgresql-server`, by the provider's name. */
  readonly settings: Readonly<Record<LocalName, JsonObject>>
  /** False when another process holds the lock and the servers are its to stop. */
  readonly isOwner: boolean
  /** Ends both servers within 5 seconds. Calling it again waits for the same end. */
  stop(): Promise<void>
}

const ANOTHERS_READY_WITHIN_MS = 60_000

/**
 * Two PostgreSQL servers of ours, `berlin` and `paris`: made on the first start, later found again with their data, adopted when they
 * still run. A process that does not hold the lock on the data folder only waits for them.
 * Throws `LocalServerError`; then no server it started is left running.
 */
export async function startLocalProviders(options: LocalOptions): Promise<LocalProviders> {
  try {
    const dataDir = makeDataFolder(options.dataDir)
    if (options.lock !== undefined) return await runBoth(dataDir, options, () => undefined)
    const attempt = lockData(dataDir)
    if (attempt.state === 'held') return await useAnothers(dataDir, attempt.by.pid)
    return await runBoth(dataDir, options, attempt.lock.release)
  } catch (error) {
    throw explainError(error, { server: LOCAL_NAMES.join(' and '), folder: options.dataDir })
  }
}

/**
 * The settings as they are recorded, and whether both servers run; nothing is started or changed. Before the first start the
 * settings are of the same form, without a password that opens anything.
 */
export function lookAtLocalProviders(dataDir: string): Pick<LocalProviders, 'settings'> & {
  readonly isRunning: boolean
} {
  const running = readyRecord(dataDir)
  const unmade = { port: 1, password: 'made at the first start', hasStarted: false }
  const record = running ?? readRecord(dataDir) ?? { servers: { berlin: unmade, paris: unmade } }
  return { settings: settingsOf(record), isRunning: running !== undefined }
}

async function runBoth(dataDir: string, options: LocalOptions, release: () => void): Promise<LocalProviders> {
  try {
    const memory = await recallOrBegin(dataDir, options.fallbackFolder ?? FALLBACK_FOLDER)
    const servers = describeServers(dataDir, memory, options.resolve)
    const running = await raiseAll(servers, memory, options.log)
    for (const name of LOCAL_NAMES) {
      options.log(`local server ${name} is ready`, {
        port: memory.record.servers[name].port,
        adopted: running[name].isAdopted
      })
    }
    let end: Promise<void> | undefined
    const stop = () => {
      end ??= stopAll(Object.values(running)).finally(release)
      return end
    }
    return { settings: settingsOf(memory.record), isOwner: true, stop }
  } catch (error) {
    release()
    throw error
  }
}

type NamedServer = Server & { readonly name: LocalName }

/** The record as last written; `remember` writes it before anything depends on it. */
interface Memory {
  record: LocalRecord
  remember(name: LocalName, change: Partial<LocalRecord['servers'][LocalName]>): void
  readonly place: ReturnType<typeof choosePlace>
}

async function recallOrBegin(dataDir: string, fallback: string): Promise<Memory> {
  const recorded = readRecord(dataDir)
  if (recorded === undefined) refuseOrphanedData(dataDir)
  const record = recorded ?? (await newRecord())
  const place = choosePlace(dataDir, record, fallback)
  const memory: Memory = {
    record: place.isElsewhere ? { ...record, folder: place.folder } : record,
    place,
    remember(name, change) {
      memory.record = withServer(memory.record, name, change)
      writeRecord(dataDir, memory.record)
    }
  }
  if (recorded === undefined || recorded.folder !== memory.record.folder) writeRecord(dataDir, memory.record)
  makePlace(place)
  return memory
}

function refuseOrphanedData(dataDir: string): void {
  const orphan = LOCAL_NAMES.map((name) => join(dataDir, 'local', name)).find((data) => existsSync(data))
  if (orphan === undefined) return
  throw new LocalServerError(
    'other',
    `${orphan} holds data, but ${recordPath(dataDir)} with its port and password is missing: put that file back.`
  )
}

function describeServers(
  dataDir: string,
  { place, record }: Memory,
  resolve?: Resolve
): readonly NamedServer[] {
  const folder = realpathSync(place.folder)
  const binaries = placeBinaries({ ...place, folder }, resolve)
  const software = postgresql({ binaries, settingsFile: writeSettings(folder) })
  return LOCAL_NAMES.map((name) => ({
    name,
    data: join(folder, name),
    port: record.servers[name].port,
    logFile: join(folder, `${name}.log`),
    recordFile: recordPath(dataDir),
    software,
    user: place.user
  }))
}

async function raiseAll(
  servers: readonly NamedServer[],
  memory: Memory,
  log: LocalOptions['log']
): Promise<Record<LocalName, RunningServer>> {
  const outcomes = await Promise.allSettled(
    servers.map((server) => {
      const record = memory.record.servers[server.name]
      return raiseServer(server, { record, log, remember: (change) => memory.remember(server.name, change) })
    })
  )
  const running = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure !== undefined) {
    await stopAll(running)
    throw failure.reason
  }
  const [berlin, paris] = running as [RunningServer, RunningServer]
  return { berlin, paris }
}

async function stopAll(servers: readonly RunningServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()))
}

async function useAnothers(dataDir: string, pid: number): Promise<LocalProviders> {
  const look = () => readyRecord(dataDir)
  const record = await waitFor(look, { everyMs: 50, withinMs: ANOTHERS_READY_WITHIN_MS })
  if (record !== undefined)
    return { settings: settingsOf(record), isOwner: false, stop: async () => undefined }
  throw new LocalServerError(
    'other',
    `Process ${pid} holds ${dataDir}, but its local servers are not ready: stop it, or set PORTOLAN_DATA to another folder.`
  )
}

function readyRecord(dataDir: string): LocalRecord | undefined {
  const record = readRecord(dataDir)
  const folder = record?.folder ?? join(dataDir, 'local')
  const isReady = LOCAL_NAMES.every((name) => livingPostmaster(join(folder, name))?.status === 'ready')
  return isReady && LOCAL_NAMES.every((name) => record?.servers[name].hasStarted) ? record : undefined
}
