import { join } from 'node:path'
import { type ExtraProvider, extraNames, extraProviders } from './extra-settings.ts'
import { EXTRAS, type Extra, findPrograms, isExtra, NEEDED, remedyFor } from './found-programs.ts'
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
export interface ExtraSight {
  readonly title: string
  /** Where its program is; absent: not on this machine. */
  readonly program?: string
  /** How to have it. */
  readonly remedy: string
}

/**
 * The settings as they are recorded, and whether the servers run; nothing is started or changed. Before the first start the
 * settings are of the same form, without a password that opens anything.
 */
export function lookAtLocalProviders(dataDir: string, programFolders: readonly string[]): LocalSight {
  const running = readyRecord(dataDir)
  const unmade = { port: 1, password: 'made at the first start', hasStarted: false }
  const record = running ?? readRecord(dataDir) ?? { servers: { berlin: unmade, paris: unmade } }
  return {
    settings: settingsOf(record),
    extras: extraProviders(record, (extra) => isOffered(record, extra, programFolders)),
    isRunning: running !== undefined,
    rests(name, service) {
      if (!isLocalName(name)) return false
      if (!isExtra(service)) return service === 'postgresql' && running === undefined
      return !isAwake(dataDir, record, name, service)
    }
  }
}

/** What there is beside PostgreSQL on this machine, and how to have the rest. */
export function lookForExtras(folders: readonly string[]): readonly ExtraSight[] {
  return EXTRAS.map((extra) => {
    const { title } = NEEDED[extra]
    const [program] = Object.values(findPrograms(extra, folders) ?? {})
    return { title, remedy: remedyFor(extra), ...(program !== undefined && { program }) }
  })
}

/** The record, when both PostgreSQL servers run. */
export function readyRecord(dataDir: string): LocalRecord | undefined {
  const record = readRecord(dataDir)
  const folder = folderOf(dataDir, record)
  const isReady = LOCAL_NAMES.every((name) => livingPostmaster(join(folder, name))?.status === 'ready')
  return isReady && LOCAL_NAMES.every((name) => record?.servers[name].hasStarted) ? record : undefined
}

function isOffered({ servers }: LocalRecord, extra: Extra, folders: readonly string[]): boolean {
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
