import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import { findBinaries, isWhole } from '../../src/local/binaries.ts'
import { buildServer } from '../../src/local/build-server.ts'
import { copyBinaries } from '../../src/local/copy-binaries.ts'
import { SUPERUSER } from '../../src/local/fill-postgresql.ts'
import { LocalServerError } from '../../src/local/local-server-error.ts'
import { MANAGED_ROOT } from '../../src/local/managed-root.ts'
import { chooseFreePort } from '../../src/local/ports.ts'
import { postgresql } from '../../src/local/postgresql.ts'
import { processAt, processesIn, signal } from '../../src/local/processes.ts'
import { startServer } from '../../src/local/run-server.ts'
import { scramVerifier } from '../../src/local/scram.ts'
import type { Server } from '../../src/local/server.ts'
import { writeSettings } from '../../src/local/settings-file.ts'
import { stopServer } from '../../src/local/stop-server.ts'
import { canReach, chooseUser, type ServerUser } from '../../src/local/user.ts'

export interface TestServer {
  readonly host: string
  readonly port: number
  /** Only tests have one: the product's own servers have no superuser that could log in. */
  readonly superuser: PostgresqlAccess
  /** What the broker is given: LOGIN CREATEDB CREATEROLE REPLICATION. */
  readonly managedRoot: PostgresqlAccess
  /** An empty database of a login of its own, and its removal. */
  freshDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }>
}

const PREFIX = 'portolan-test-postgres-'

let started: Promise<TestServer> | undefined
const folders: string[] = []

/**
 * One throwaway PostgreSQL 15 for the whole test process, started by the first who asks (about a second; more on a busy
 * machine: give that hook a longer time limit) and removed at its end.
 */
export function postgresServer(): Promise<TestServer> {
  started ??= start()
  return started
}

/** Another one, with settings of its own; it is removed at the end too. */
export function anotherPostgresServer(settings: Readonly<Record<string, string>>): Promise<TestServer> {
  return start(settings)
}

// Registered when a test file is loaded, outside every suite: runs once, after everything.
if (typeof after === 'function') {
  after(async function () {
    this.timeout(60_000)
    for (const folder of folders) {
      await stopServer(join(folder, 'data'))
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

// A run that is cut off without its hooks.
process.once('exit', () => {
  for (const folder of folders.filter((each) => existsSync(each))) {
    for (const pid of processesIn(join(folder, 'data'))) signal(pid, 'SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  }
})

async function start(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  await sweep()
  const user = chooseUser([])
  const folder = makeFolder(user)
  folders.push(folder)
  const passwords = { superuser: randomBytes(18).toString('hex'), root: randomBytes(18).toString('hex') }
  const server = describeServer(folder, user, settings, passwords.superuser)
  await buildServer(server, passwords.root)
  const port = await startSomewhere(server)
  const superuser = accessTo(port, SUPERUSER, passwords.superuser)
  return {
    host: superuser.host,
    port,
    superuser,
    managedRoot: accessTo(port, MANAGED_ROOT, passwords.root),
    freshDatabase: () => freshDatabase(superuser)
  }
}

function describeServer(
  home: string,
  user: ServerUser | undefined,
  settings: Readonly<Record<string, string>>,
  superuserPassword: string
): Server {
  const packaged = findBinaries()
  const isUsable = isWhole(packaged) && canReach(packaged.postgres, user)
  const settingsFile = writeSettings(home, { fsync: 'off', shared_buffers: '64MB', ...settings })
  return {
    name: 'test',
    data: join(home, 'data'),
    port: 0,
    logFile: join(home, 'server.log'),
    software: postgresql({
      binaries: isUsable ? packaged : copyBinaries(packaged, home),
      settingsFile,
      moreStatements: [`ALTER ROLE ${SUPERUSER} PASSWORD '${scramVerifier(superuserPassword)}'`]
    }),
    user,
    isThrowaway: true
  }
}

/** Other test processes choose ports at the same time. */
async function startSomewhere(server: Server): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await chooseFreePort()
    try {
      await startServer({ ...server, port })
      return port
    } catch (error) {
      const isTaken = error instanceof LocalServerError && error.kind === 'port-taken'
      if (!isTaken || attempt === 5) throw error
    }
  }
}

/** Its name tells whose it is, so that the next run finds what a killed one left. */
function makeFolder(user: ServerUser | undefined): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`)))
  chmodSync(made, 0o711)
  if (user !== undefined) chownSync(made, 0, user.gid)
  return made
}

async function sweep(): Promise<void> {
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX))
  for (const name of left) {
    const owner = Number(name.slice(PREFIX.length).split('-')[0])
    if (processAt(owner) !== undefined) continue
    const path = join(tmpdir(), name)
    await stopServer(join(path, 'data'))
    rmSync(path, { recursive: true, force: true })
  }
}

function accessTo(port: number, user: string, password: string): PostgresqlAccess {
  return {
    kind: 'postgresql',
    host: '127.0.0.1',
    port,
    database: 'postgres',
    user,
    password,
    network: 'private'
  }
}

async function freshDatabase(superuser: PostgresqlAccess) {
  const name = `t${randomBytes(8).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  await withClient(superuser, async (client) => {
    await client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${scramVerifier(password)}'`)
    await client.query(`CREATE DATABASE ${name} OWNER ${name}`)
  })
  return {
    url: `postgres://${name}:${password}@${superuser.host}:${superuser.port}/${name}`,
    drop: () =>
      withClient(superuser, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
        await client.query(`DROP ROLE IF EXISTS ${name}`)
      })
  }
}

/** A connection of a test's own, closed afterwards. */
export async function withClient<T>(
  access: Pick<PostgresqlAccess, 'host' | 'port' | 'user' | 'password' | 'database' | 'tls'>,
  use: (client: pg.Client) => Promise<T>
): Promise<T> {
  const { host, port, user, password, database, tls } = access
  const ssl = tls === undefined ? {} : { ssl: { ca: tls.ca } }
  const client = new pg.Client({ host, port, user, password, database, ...ssl })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
