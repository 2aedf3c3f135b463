import { join } from 'node:path'
import { type ExtraProvider, extraNames, extraProviders } from './extra-settings.ts'
import type { Wanted } from './extras.ts'
import {
  EXTRAS,
  type Extra,
  findPrograms,
  isAsked,
  isDemanded,
  isExtra,
  NEEDED,
  remedyFor
} from './found-programs.ts'
import { livingPostmaster } from './postmaster.ts'
import { processesIn } from './processes.ts'
import { settingsOf } from './provider-settings.ts'
import type { LocalProviders } from './providers.ts'
import { isLocalName, LOCAL_NAMES, type LocalName, type LocalRecord, readRecord } from './record.ts'

export interface LocalSight {
  readonly settings: LocalProviders['settings']
  readonly extras: readonly ExtraProvider[]
  /** Whether both PostgreSQL servers run. */
  readonly isRunning: boolean
  /** Whether the servers of a provider for that service do not all run. */
  rests(name: string, service: string): boolean
}

/** One kind of server beside PostgreSQL, for people. */
export type ExtraSight = { readonly title: string } & (
  | { readonly state: 'offered'; readonly program: string }
  /** `demanded`: asked for by name, and its programs are missing. */
  | { readonly state: 'absent' | 'demanded'; readonly remedy: string }
)

/**
 * The settings as they are recorded, and whether the servers run; nothing is started or changed. Before the first start the
 * settings are of the same form, without a password that opens anything.
 */
export function lookAtLocalProviders(dataDir: string, { folders, objectStorage }: Wanted): LocalSight {
  const running = readyRecord(dataDir)
  const unmade = { port: 1, password: 'made at the first start', hasStarted: false }
  const record = running ?? readRecord(dataDir) ?? { servers: { berlin: unmade, paris: unmade } }
  return {
    settings: settingsOf(record),
    extras: extraProviders(
      record,
      (extra) => isAsked(extra, objectStorage) && isThere(record, extra, folders)
    ),
    isRunning: running !== undefined,
    rests(name, service) {
      if (!isLocalName(name)) return false
      if (!isExtra(service)) return service === 'postgresql' && running === undefined
      return !isAwake(dataDir, record, name, service)
    }
  }
}

/** What there is beside PostgreSQL on this machine, and how to have the rest. */
export function lookForExtras({ folders, objectStorage }: Wanted): readonly ExtraSight[] {
  return EXTRAS.map((extra) => {
    const { title } = NEEDED[extra]
    const [program] = Object.values(findPrograms(extra, folders) ?? {})
    const request = !isAsked(extra, objectStorage)
    if (program !== undefined && !request) return { title, state: 'offered', program }
    const remedy = remedyFor(extra, { programs: program === undefined, request })
    return { title, state: isDemanded(extra, objectStorage) ? 'demanded' : 'absent', remedy }
  })
}

/** The record, when both PostgreSQL servers run. */
export function readyRecord(dataDir: string): LocalRecord | undefined {
  const record = readRecord(dataDir)
  const folder = folderOf(dataDir, record)
  const isReady = LOCAL_NAMES.every((name) => livingPostmaster(join(folder, name))?.status === 'ready')
  return isReady && LOCAL_NAMES.every((name) => record?.servers[name].hasStarted) ? record : undefined
}

function isThere({ servers }: LocalRecord, extra: Extra, folders: readonly string[]): boolean {
  const names = LOCAL_NAMES.flatMap((name) => extraNames(name, extra))
  return findPrograms(extra, folders) !== undefined || names.some((each) => servers[each]?.hasStarted)
}

function isAwake(dataDir: string, record: LocalRecord, name: LocalName, extra: Extra): boolean {
  const folder = folderOf(dataDir, record)
  return extraNames(name, extra).every(
    (each) => record.servers[each]?.hasStarted && processesIn(join(folder, each)).length > 0
  )
}

function folderOf(dataDir: string, record: LocalRecord | undefined): string {
  return record?.folder ?? join(dataDir, 'local')
}
