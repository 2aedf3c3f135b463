import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { LocalServerError } from './local-server-error.ts'
import { choosePlace, makePlace, type Place } from './place.ts'
import {
  LOCAL_NAMES,
  type LocalRecord,
  newRecord,
  readRecord,
  recordPath,
  type ServerRecord,
  withServer,
  writeRecord
} from './record.ts'

/** The record as last written; what is remembered is written before anything depends on it. */
export interface Memory {
  readonly record: LocalRecord
  remember(name: string, change: Partial<ServerRecord>): void
  /** Several at once; nothing is written for none. */
  rememberAll(changes: Readonly<Record<string, Partial<ServerRecord>>>): void
  readonly place: Place
  readonly dataDir: string
}

export async function recallOrBegin(dataDir: string, fallback: string): Promise<Memory> {
  const recorded = readRecord(dataDir)
  if (recorded === undefined) refuseOrphanedData(dataDir)
  const begun = recorded ?? (await newRecord())
  const place = choosePlace(dataDir, begun, fallback)
  let record = place.isElsewhere ? { ...begun, folder: place.folder } : begun
  const rememberAll: Memory['rememberAll'] = (changes) => {
    const entries = Object.entries(changes)
    if (entries.length === 0) return
    for (const [name, change] of entries) record = withServer(record, name, change)
    writeRecord(dataDir, record)
  }
  if (recorded === undefined || recorded.folder !== record.folder) writeRecord(dataDir, record)
  makePlace(place)
  return {
    get record() {
      return record
    },
    remember: (name, change) => rememberAll({ [name]: change }),
    rememberAll,
    place: { ...place, folder: realpathSync(place.folder) },
    dataDir
  }
}

function refuseOrphanedData(dataDir: string): void {
  const orphan = LOCAL_NAMES.map((name) => join(dataDir, 'local', name)).find((data) => existsSync(data))
  if (orphan === undefined) return
  throw new LocalServerError(
    'other',
    `${orphan} holds data, but ${recordPath(dataDir)} with its port and password is missing: put that file back.`
  )
}
