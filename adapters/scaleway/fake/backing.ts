import type { ApiLogins } from '../../../test/support/fake/api-logins.ts'
import { startLocalMysql } from '../../../test/support/fake/local-mysql.ts'
import { startLocalPostgresql, type Tenant } from '../../../test/support/fake/local-postgresql.ts'
import { postgresServer } from '../../../test/support/postgres-server.ts'

/** The real server behind every instance of one kind of engine. */
export interface Backing {
  readonly port: number
  readonly certificate: string
  /** A plain one may not do what bindings need. */
  setAdmin(name: string, password: string, isPlain: boolean): Promise<void>
  addDatabase(name: string, owner: string): Promise<void>
  readonly logins: ApiLogins
  remove(tenant: Tenant, kept?: string): Promise<void>
  left(): Promise<{ readonly databases: string[]; readonly roles: string[] }>
}

export interface Backings {
  /** Of an engine (`MySQL-8`); started when it is asked for first. */
  of(engine: string): Promise<Backing>
  started(): Promise<readonly Backing[]>
}

/** Every instance of PostgreSQL has this database. */
const MAINTENANCE = 'rdb'

export function openBackings(): Backings {
  const running = new Map<string, Promise<Backing>>()
  return {
    of(engine) {
      const kind = engine.startsWith('MySQL') ? 'MySQL' : 'PostgreSQL'
      const backing = running.get(kind) ?? (kind === 'MySQL' ? startLocalMysql() : startPostgresql())
      running.set(kind, backing)
      return backing
    },
    started: () => Promise.all(running.values())
  }
}

async function startPostgresql(): Promise<Backing> {
  const local = await startLocalPostgresql(await postgresServer(), {
    maintenance: MAINTENANCE,
    adminPrefix: 'portolan_'
  })
  return {
    ...local,
    setAdmin: (name, password, isPlain) =>
      local.setAdmin(name, password, isPlain ? '' : 'CREATEROLE CREATEDB')
  }
}

/** What an instance of this engine has from the beginning. */
export function firstDatabases(engine: string): string[] {
  return engine.startsWith('MySQL') ? [] : [MAINTENANCE]
}
