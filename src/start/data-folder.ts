import { mkdirSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { type DataLock, lockData } from '../local/lock.ts'

/** Another process works on the same data. */
class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse'
}

export interface DataFolder {
  /** Absent when another process holds it, which only a store in PostgreSQL allows. */
  readonly lock?: DataLock
  release(): void
}

/** SQLite is for one process: two on one folder would each believe that the leases are theirs. */
export function takeDataFolder(config: Config): DataFolder {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const attempt = lockData(config.dataDir)
  if (attempt.state === 'taken') return { lock: attempt.lock, release: () => attempt.lock.release() }
  if (config.database.kind === 'postgres') return { release() {} }
  throw inUse(attempt.by.pid, config)
}

/** For what no other process may see, whatever the database. */
export function takeDataFolderAlone(config: Config): DataFolder {
  const folder = takeDataFolder(config)
  if (folder.lock) return folder
  throw new DataFolderInUse(`a broker runs on ${config.dataDir}: stop it first`)
}

function inUse(pid: number, config: Config): DataFolderInUse {
  return new DataFolderInUse(
    `process ${pid} already runs on ${config.dataDir}: stop it, or set PORTOLAN_DATA to another folder`
  )
}
