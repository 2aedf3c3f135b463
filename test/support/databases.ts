import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoreAddress } from '../../src/store/open.ts'
import { postgresServer } from './postgres-server.ts'

/** An empty place for a store, and its removal. */
export interface Place {
  readonly address: StoreAddress
  drop(): Promise<void>
}

/** One of the databases that the store must be the same on. */
export interface TestDatabase {
  readonly name: 'SQLite' | 'PostgreSQL'
  fresh(): Promise<Place>
}

/** In memory where there is such a place: these tests are about what is committed, not about how fast a disk is. */
const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

const sqlite: TestDatabase = {
  name: 'SQLite',
  async fresh() {
    const made = mkdtempSync(join(folder, 'portolan-test-store-'))
    return {
      address: { kind: 'sqlite', path: join(made, 'store.db') },
      drop: async () => rmSync(made, { recursive: true, force: true })
    }
  }
}

const postgres: TestDatabase = {
  name: 'PostgreSQL',
  async fresh() {
    const { url, drop } = await (await postgresServer()).freshDatabase()
    return { address: { kind: 'postgres', url }, drop }
  }
}

export const databases: readonly TestDatabase[] = [sqlite, postgres]
