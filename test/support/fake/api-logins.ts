import type pg from 'pg'
import { quoteMysqlName, quoteMysqlText } from '../../../src/contract/mysql.ts'
import { quoteName } from '../../../src/contract/sql.ts'
import { scramVerifier } from '../../../src/local/scram.ts'
import { mysqlProduct } from '../mysql-process.ts'
import type { Rows } from '../mysql-server.ts'

export type Permission = 'all' | 'readwrite' | 'readonly' | 'none'

/** Logins that a provider's API makes, in the real server behind its fake: they really get in, and may what it says. */
export interface ApiLogins {
  add(name: string, password: string): Promise<void>
  setPassword(name: string, password: string): Promise<void>
  /** Of what is there now; what is made later is not covered. */
  allow(name: string, database: string, permission: Permission): Promise<void>
  /** `false`: something depends on it, and it stays. */
  drop(name: string): Promise<boolean>
}

type AsRoot = <T>(use: (client: pg.Client) => Promise<T>, database?: string) => Promise<T>

const DEPENDS = '2BP01'

export function postgresqlLogins(asRoot: AsRoot): ApiLogins {
  const run = (sql: string) => asRoot((client) => client.query(sql))
  return {
    async add(name, password) {
      await run(`CREATE ROLE ${quoteName(name)} LOGIN PASSWORD '${scramVerifier(password)}'`)
    },
    async setPassword(name, password) {
      await run(`ALTER ROLE ${quoteName(name)} PASSWORD '${scramVerifier(password)}'`)
    },
    allow: (name, database, permission) =>
      asRoot(async (client) => {
        for (const sql of grants(quoteName(name), quoteName(database), permission)) await client.query(sql)
      }, database),
    async drop(name) {
      try {
        await run(`DROP ROLE ${quoteName(name)}`)
        return true
      } catch (error) {
        if ((error as { code?: string }).code !== DEPENDS) throw error
        return false
      }
    }
  }
}

function grants(user: string, database: string, permission: Permission): readonly string[] {
  const inside = ['TABLES', 'SEQUENCES'].map((kind) => `ALL ${kind} IN SCHEMA public`)
  const everything = [`DATABASE ${database}`, 'SCHEMA public', ...inside]
  const none = everything.map((what) => `REVOKE ALL ON ${what} FROM ${user}`)
  if (permission === 'none') return none
  if (permission === 'all') return everything.map((what) => `GRANT ALL ON ${what} TO ${user}`)
  const rights = permission === 'readonly' ? 'SELECT' : 'SELECT, INSERT, UPDATE, DELETE'
  return [
    ...none,
    `GRANT CONNECT ON DATABASE ${database} TO ${user}`,
    `GRANT USAGE ON SCHEMA public TO ${user}`,
    `GRANT ${rights} ON ALL TABLES IN SCHEMA public TO ${user}`
  ]
}

export function mysqlLogins(ask: (sql: string) => Promise<Rows>): ApiLogins {
  const account = (name: string) => `${quoteMysqlText(name)}@'%'`
  const byPassword = (password: string) => `${mysqlProduct.identifiedBy(password)} REQUIRE SSL`
  return {
    async add(name, password) {
      await ask(`CREATE USER ${account(name)} ${byPassword(password)}`)
    },
    async setPassword(name, password) {
      await ask(`ALTER USER ${account(name)} ${byPassword(password)}`)
    },
    async allow(name, database, permission) {
      await ask(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${account(name)}`)
      if (permission === 'none') return
      const rights = {
        all: 'ALL PRIVILEGES',
        readonly: 'SELECT',
        readwrite: 'SELECT, INSERT, UPDATE, DELETE'
      }
      await ask(`GRANT ${rights[permission]} ON ${quoteMysqlName(database)}.* TO ${account(name)}`)
    },
    async drop(name) {
      await ask(`DROP USER ${account(name)}`)
      return true
    }
  }
}
