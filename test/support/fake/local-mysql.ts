import { grantedName, quoteMysqlName, quoteMysqlText } from '../../../src/contract/mysql.ts'
import { mysqlProduct } from '../mysql-process.ts'
import { asMysql, mysqlServer, type Rows } from '../mysql-server.ts'
import { type ApiLogins, mysqlLogins } from './api-logins.ts'
import type { Tenant } from './local-postgresql.ts'

/** The real MariaDB behind every MySQL instance of a fake, with TLS; in it stands what a fake's provider would make. */
export interface LocalMysql {
  readonly port: number
  /** PEM, for `localhost`. */
  readonly certificate: string
  /** Made, or given this password; it may make accounts, and read `mysql.user` unless it `isPlain`. */
  setAdmin(name: string, password: string, isPlain: boolean): Promise<void>
  addDatabase(name: string, owner: string): Promise<void>
  readonly logins: ApiLogins
  /** What goes with an instance: its databases, and every account that has to do with them. `kept` is a twin's login. */
  remove(tenant: Tenant, kept?: string): Promise<void>
  /** What is there beyond a new server, for leak checks. */
  left(): Promise<{ readonly databases: string[]; readonly roles: string[] }>
}

type Ask = (sql: string) => Promise<Rows>

const OWN = "('mysql', 'information_schema', 'performance_schema', 'sys')"

/** Once for each process: the server is started with it. */
export async function startLocalMysql(): Promise<LocalMysql> {
  const server = await mysqlServer()
  const ask: Ask = (sql) => oneAtATime(() => asMysql(server.superuser, sql))
  const before = await accounts(ask)
  return {
    port: server.port,
    certificate: server.certificate,
    setAdmin: (name, password, isPlain) => setAdmin(ask, name, password, isPlain),
    async addDatabase(name, owner) {
      await ask(`CREATE DATABASE ${quoteMysqlName(name)}`)
      const place = `${quoteMysqlName(grantedName(name))}.*`
      await ask(`GRANT ALL PRIVILEGES ON ${place} TO ${account(owner)} WITH GRANT OPTION`)
    },
    logins: mysqlLogins(ask),
    remove: (tenant, kept) => remove(ask, tenant, kept),
    left: async () => ({
      databases: await databases(ask),
      roles: (await accounts(ask)).filter((name) => !before.includes(name))
    })
  }
}

let last: Promise<unknown> = Promise.resolve()

function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const next = last.then(work, work)
  last = next.catch(() => undefined)
  return next
}

async function setAdmin(ask: Ask, name: string, password: string, isPlain: boolean): Promise<void> {
  const identified = mysqlProduct.identifiedBy(password)
  await ask(`CREATE USER IF NOT EXISTS ${account(name)} ${identified}`)
  await ask(`ALTER USER ${account(name)} ${identified}`)
  await ask(`GRANT CREATE USER, PROCESS, ${mysqlProduct.connectionAdmin} ON *.* TO ${account(name)}`)
  if (!isPlain) await ask(`GRANT SELECT ON mysql.* TO ${account(name)}`)
}

async function remove(
  ask: Ask,
  { admin, databases: doomed, logins: made = [] }: Tenant,
  kept?: string
): Promise<void> {
  const logins = await loginsOf(ask, doomed)
  for (const name of doomed) await ask(`DROP DATABASE IF EXISTS ${quoteMysqlName(name)}`)
  for (const name of [...logins, ...made, admin]) {
    if (name !== kept) await ask(`DROP USER IF EXISTS ${account(name)}`)
  }
}

/** Bindings' logins of these databases, and those that a broken bind left without any right. */
async function loginsOf(ask: Ask, names: readonly string[]): Promise<readonly string[]> {
  const places = names.flatMap((name) => [name, grantedName(name)]).map(quoteMysqlText)
  const rows = await ask(
    `SELECT DISTINCT u.User AS name FROM mysql.user u LEFT JOIN mysql.db d ON d.User = u.User
     WHERE u.User REGEXP '^b[a-z2-7]{20}$' AND (d.Db IS NULL OR d.Db IN (${["''", ...places].join()}))`
  )
  return rows.map((row) => String(row['name']))
}

async function accounts(ask: Ask): Promise<string[]> {
  return (await ask("SELECT User AS name FROM mysql.user WHERE User <> '' ORDER BY 1")).map((row) =>
    String(row['name'])
  )
}

async function databases(ask: Ask): Promise<string[]> {
  const sql = `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ${OWN} ORDER BY 1`
  return (await ask(sql)).map((row) => String(row['name']))
}

function account(name: string): string {
  return `${quoteMysqlText(name)}@'%'`
}
