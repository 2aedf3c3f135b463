import { join } from 'node:path'
import type { JsonObject } from '../contract/json.ts'
import type { Resolve } from './binaries.ts'
import { endUnasked } from './end-unasked.ts'
import { explainError } from './explain.ts'
import { type ExtraProvider, extraNames, extraProviders } from './extra-settings.ts'
import { type Extras, findExtras } from './extras.ts'
import { type Extra, isAsked } from './found-programs.ts'
import type { LocalLog } from './local-log.ts'
import { LocalServerError } from './local-server-error.ts'
import { type DataLock, lockData } from './lock.ts'
import { readyRecord } from './look.ts'
import { type Memory, recallOrBegin } from './memory.ts'
import { FALLBACK_FOLDER, makeDataFolder, placeBinaries } from './place.ts'
import { postgresql } from './postgresql.ts'
import { settingsOf } from './provider-settings.ts'
import { raiseServer } from './raise-server.ts'
import { LOCAL_NAMES, type LocalName, type LocalRecord, recordPath } from './record.ts'
import type { RunningServer } from './run-server.ts'
import type { Server } from './server.ts'
import { writeSettings } from './settings-file.ts'
import { waitFor } from './wait.ts'

export interface LocalOptions {
  /** `PORTOLAN_DATA`; made when absent. */
  readonly dataDir: string
  /** One line for the operator's log; never a secret. */
  readonly log: LocalLog
  /** The lock on `dataDir` when the caller holds it already; else it is taken here and released by `stop`. */
  readonly lock?: DataLock
  /** Where the servers go when their user cannot reach `dataDir`. */
  readonly fallbackFolder?: string
  readonly resolve?: Resolve
  /** Where the programs of other servers than PostgreSQL may be; default nowhere. */
  readonly programFolders?: readonly string[]
  /** Default false: it needs seconds and memory. */
  readonly objectStorage?: boolean
}

export interface LocalProviders {
  /** Settings of the adapter `postgresql-server`, by the provider's name. */
  readonly settings: Readonly<Record<LocalName, JsonObject>>
  /** What they run besides. */
  readonly extras: readonly ExtraProvider[]
  /** Sentences about servers that should run and do not. */
  readonly troubles: readonly string[]
  /** To be awaited before a connection to that port of 127.0.0.1: some servers start at their first use. Throws `LocalServerError`. */
  wake(port: number): Promise<void>
  /** Whether the servers of a provider for that service have never been started. */
  rests(name: string, service: string): boolean
  /** False when another process holds the lock and the servers are its to stop. */
  readonly isOwner: boolean
  /** Ends all servers within 5 seconds. Calling it again waits for the same end. */
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
    if (attempt.state === 'held') return await useAnothers(dataDir, attempt.by.pid, options)
    return await runBoth(dataDir, options, attempt.lock.release)
  } catch (error) {
    throw explainError(error, { server: LOCAL_NAMES.join(' and '), folder: options.dataDir })
  }
}

async function runBoth(dataDir: string, options: LocalOptions, release: () => void): Promise<LocalProviders> {
  try {
    const memory = await recallOrBegin(dataDir, options.fallbackFolder ?? FALLBACK_FOLDER)
    const servers = describeServers(dataDir, memory, options.resolve)
    const { programFolders: folders = [], objectStorage = false } = options
    const extras = await findExtras(memory, { folders, objectStorage }, options.log)
    const ended = await endUnasked(memory, objectStorage)
    const [running, troubles] = await bothOrNone(raiseAll(servers, memory, options.log), extras)
    for (const name of LOCAL_NAMES) {
      options.log(`local server ${name} is ready`, {
        port: memory.record.servers[name].port,
        adopted: running[name].isAdopted
      })
    }
    let end: Promise<void> | undefined
    const stop = () => {
      end ??= Promise.all([stopAll(Object.values(running)), extras.stop()])
        .then(() => undefined)
        .finally(release)
      return end
    }
    return {
      settings: settingsOf(memory.record),
      extras: extras.providers,
      troubles: [...ended, ...troubles],
      wake: extras.wake,
      rests: extras.rests,
      isOwner: true,
      stop
    }
  } catch (error) {
    release()
    throw error
  }
}

/** A PostgreSQL that cannot run ends the start, and then nothing stays running. */
async function bothOrNone(
  raising: Promise<Record<LocalName, RunningServer>>,
  extras: Extras
): Promise<readonly [Record<LocalName, RunningServer>, readonly string[]]> {
  const waking = extras.wakeKept()
  try {
    return [await raising, await waking]
  } catch (error) {
    await extras.stop()
    throw error
  }
}

type NamedServer = Server & { readonly name: LocalName }

function describeServers(
  dataDir: string,
  { place, record }: Memory,
  resolve?: Resolve
): readonly NamedServer[] {
  const { folder } = place
  const binaries = placeBinaries(place, resolve)
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

async function useAnothers(
  dataDir: string,
  pid: number,
  { objectStorage = false }: LocalOptions
): Promise<LocalProviders> {
  const look = () => readyRecord(dataDir)
  const record = await waitFor(look, { everyMs: 50, withinMs: ANOTHERS_READY_WITHIN_MS })
  if (record !== undefined) return settledBy(record, objectStorage)
  throw new LocalServerError(
    'other',
    `Process ${pid} holds ${dataDir}, but its local servers are not ready: stop it, or set PORTOLAN_DATA to another folder.`
  )
}

/** The servers are another process's to start and stop. */
function settledBy(record: LocalRecord, objectStorage: boolean): LocalProviders {
  return {
    settings: settingsOf(record),
    extras: extraProviders(record, (extra) => isAsked(extra, objectStorage) && isRecorded(record, extra)),
    troubles: [],
    wake: async () => undefined,
    rests: () => false,
    isOwner: false,
    stop: async () => undefined
  }
}

function isRecorded({ servers }: LocalRecord, extra: Extra): boolean {
  return LOCAL_NAMES.every((name) => extraNames(name, extra).every((each) => servers[each] !== undefined))
}
