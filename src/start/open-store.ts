import { chmodSync, existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { migrate } from '../store/migrate.ts'
import { openDatabase } from '../store/open.ts'
import { openSeal } from '../store/seal.ts'
import { openStore, type Store } from '../store/store.ts'

/** The configured store, at this program's schema. */
export async function openConfiguredStore(config: Config): Promise<Store> {
  const before = process.umask(0o077)
  try {
    const database = await openDatabase(config.database)
    try {
      await migrate(database)
      return openStore(database, openSeal(config.keys))
    } catch (error) {
      await database.close()
      throw error
    }
  } finally {
    process.umask(before)
    const { database } = config
    if (database.kind === 'sqlite' && existsSync(database.path)) chmodSync(database.path, 0o600)
  }
}
