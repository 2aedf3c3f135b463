import { chmodSync, existsSync } from 'node:fs'
import type { Database as Address, Config } from '../config/config.ts'
import { migrate } from '../store/migrate.ts'
import { openDatabase } from '../store/open.ts'
import { refusedWrite } from '../store/refused-write.ts'
import { CannotOpen, openSeal } from '../store/seal.ts'
import type { Database } from '../store/session.ts'
import { openStore, type Store } from '../store/store.ts'

/** The database cannot be used; says which one, without its password. */
class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** The configured store, at this program's schema. */
export async function openConfiguredStore(config: Config): Promise<Store> {
  const { database } = await openMigrated(config)
  return openStore(database, openSeal(config.keys))
}

/** The configured database, brought to this program's schema. */
export async function openMigrated(
  config: Config
): Promise<{ readonly database: Database; readonly from: number; readonly to: number }> {
  return openWith(config, async (database) => ({ database, ...(await migrate(database)) }))
}

/** The configured database as it is, whatever its schema. */
export async function openAsItIs(config: Config): Promise<Database> {
  return openWith(config, async (database) => database)
}

async function openWith<T>(config: Config, prepare: (database: Database) => Promise<T>): Promise<T> {
  const before = process.umask(0o077)
  try {
    const database = await openDatabase(config.database)
    try {
      return await prepare(database)
    } catch (error) {
      await database.close()
      throw error
    }
  } catch (error) {
    throw explained(error, config.database)
  } finally {
    process.umask(before)
    const { database } = config
    if (database.kind === 'sqlite' && existsSync(database.path)) chmodSync(database.path, 0o600)
  }
}

/** What a database says, as one sentence. What is a sentence already passes. */
export function explained(error: unknown, address: Address): Error {
  if (!(error instanceof Error)) return new StoreUnavailable(`${nameOf(address)} cannot be used`)
  const isOurs = error instanceof CannotOpen || error.name === 'NewerSchema'
  return isOurs ? error : new StoreUnavailable(`${nameOf(address)} cannot be used: ${told(error)}`)
}

/** Without its login. */
export function nameOf(address: Address): string {
  if (address.kind === 'sqlite') return `the database sqlite:${address.path}`
  const { host, pathname } = new URL(address.url)
  return `the database postgres://${host}${pathname}`
}

/** Several addresses may have been tried; the first failure stands for all. */
function told(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const text = first instanceof Error && first.message !== '' ? first.message : error.message
  const [line = ''] = text.split('\n')
  const words = line.replace(/\.$/, '') || error.name
  const refusal = refusedWrite(first)
  return refusal === undefined ? words : `${refusal} (${words})`
}
