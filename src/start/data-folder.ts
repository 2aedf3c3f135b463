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
  throw new DataFolderInUse(
    `process ${attempt.by.pid} already runs on ${config.dataDir}: stop it, or set PORTOLAN_DATA to another folder`
  )
}
