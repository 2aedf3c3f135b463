import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import type { MysqlAccess } from '../../src/contract/access.ts'
import { MANAGED_ROOT } from '../../src/local/managed-root.ts'
import { processAt, processesIn, signal } from '../../src/local/processes.ts'
import { MANAGED_ROOT_STATEMENTS, type MysqlProcess, raiseMysql } from './mysql-process.ts'
import { selfSigned } from './self-signed.ts'

export interface MysqlTestServer {
  readonly host: string
  readonly port: number
  readonly version: string
  /** May do everything; only tests have one. */
  readonly superuser: MysqlAccess
  /** What the broker is given. */
  readonly managedRoot: MysqlAccess
  /** Of the server, for `tls`. */
  readonly certificate: string
}

const PREFIX = 'portolan-test-mysql-'

let started: Promise<MysqlTestServer> | undefined
const running = new Map<string, MysqlProcess>()

/**
 * One throwaway MariaDB for the whole test process, started by the first who asks (a few seconds: give that hook a longer
 * time limit) and removed at its end.
 */
export function mysqlServer(): Promise<MysqlTestServer> {
  started ??= start()
  return started
}

/** One more, for whoever needs a server to itself. */
export function anotherMysqlServer(): Promise<MysqlTestServer> {
  return start()
}

// Registered when a test file is loaded, outside every suite: runs once, after everything.
if (typeof after === 'function') {
  after(async function () {
    this.timeout(60_000)
    for (const folder of running.keys()) await remove(folder)
  })
}

// A run that is cut off without its hooks.
process.once('exit', () => {
  for (const [folder, { pid }] of running) {
    if (!existsSync(folder)) continue
    signal(pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})

async function start(): Promise<MysqlTestServer> {
  await sweep()
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`)))
  const { certificate, key } = selfSigned()
  writeFileSync(join(folder, 'certificate.pem'), certificate)
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
  const passwords = { superuser: randomBytes(18).toString('hex'), root: randomBytes(18).toString('hex') }
  const server = await raiseMysql(
    folder,
    [
      `CREATE USER tester@'%' IDENTIFIED BY '${passwords.superuser}';`,
      `GRANT ALL PRIVILEGES ON *.* TO tester@'%' WITH GRANT OPTION;`,
      ...MANAGED_ROOT_STATEMENTS.map((each) => `${each.replace('?', `'${passwords.root}'`)};`)
    ],
    { 'ssl-cert': join(folder, 'certificate.pem'), 'ssl-key': join(folder, 'key.pem') }
  )
  running.set(folder, server)
  const superuser = accessTo(server.port, 'tester', passwords.superuser)
  const [row] = await asMysql(superuser, 'SELECT VERSION() AS version')
  return {
    host: superuser.host,
    port: server.port,
    version: String(row?.['version']),
    superuser,
    managedRoot: accessTo(server.port, MANAGED_ROOT, passwords.root),
    certificate
  }
}

async function remove(folder: string): Promise<void> {
  const data = join(folder, 'data')
  for (const pid of processesIn(data)) signal(pid, 'SIGTERM')
  const deadline = Date.now() + 15_000
  while (processesIn(data).length > 0) {
    if (Date.now() > deadline) for (const pid of processesIn(data)) signal(pid, 'SIGKILL')
    await new Promise((resolve) => {
      setTimeout(resolve, 20)
    })
  }
  rmSync(folder, { recursive: true, force: true })
  running.delete(folder)
}

/** What a killed run left: the folder's name tells whose it was. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(PREFIX))) {
    const owner = Number(name.slice(PREFIX.length).split('-')[0])
    if (processAt(owner) === undefined) await remove(join(realpathSync(tmpdir()), name))
  }
}

function accessTo(port: number, user: string, password: string): MysqlAccess {
  return { kind: 'mysql', host: '127.0.0.1', port, database: 'mysql', user, password, network: 'private' }
}

export type Who = Pick<MysqlAccess, 'host' | 'port' | 'user' | 'password'> & {
  readonly database?: string
  readonly tls?: MysqlAccess['tls']
}

/** A connection of a test's own, closed afterwards. */
export async function withMysql<T>(who: Who, use: (client: mysql.Connection) => Promise<T>): Promise<T> {
  const { host, port, user, password, database, tls } = who
  const client = await mysql.createConnection({
    host,
    port,
    user,
    password,
    multipleStatements: true,
    ...(database !== undefined && { database }),
    ...(tls !== undefined && { ssl: { ...(tls.ca !== undefined && { ca: tls.ca }) } })
  })
  client.on('error', () => undefined)
  try {
    return await use(client)
  } finally {
    client.destroy()
  }
}

export type Rows = readonly Readonly<Record<string, unknown>>[]

/** One or more statements over a new connection that enters no database; the rows of the last. */
export function asMysql(who: Who, sql: string): Promise<Rows> {
  return withMysql({ ...who, database: '' }, async (client) => rowsOf(await client.query(sql)))
}

export function rowsOf([answer]: readonly unknown[]): Rows {
  if (!Array.isArray(answer)) return []
  const last: unknown = answer.at(-1)
  return Array.isArray(last) ? (last as Rows) : (answer as Rows)
}

/** What MariaDB stores of a password by `mysql_native_password`. */
export function nativeHash(password: string): string {
  const once = createHash('sha1').update(password).digest()
  return `*${createHash('sha1').update(once).digest('hex').toUpperCase()}`
}
