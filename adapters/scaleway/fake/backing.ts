import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { scramVerifier } from '../../../src/local/scram.ts'
import { postgresServer, withClient } from '../../../test/support/postgres-server.ts'
import { selfSigned } from '../../../test/support/self-signed.ts'
import type { FakeInstance } from './world.ts'

/** The real PostgreSQL behind every instance of the fake, with TLS. */
export interface Backing {
  readonly port: number
  /** PEM. */
  readonly certificate: string
  addAdmin(name: string, password: string, rights: string): Promise<void>
  addDatabase(instance: FakeInstance, name: string): Promise<void>
  /** What goes with an instance: its databases, and every role that has to do with them. A twin's login stays. */
  remove(instance: FakeInstance, twin: FakeInstance | undefined): Promise<void>
  /** What is there beyond a new server, for leak checks. */
  left(): Promise<{ readonly databases: readonly string[]; readonly roles: readonly string[] }>
}

const MAINTENANCE = 'rdb'

export async function startBacking(): Promise<Backing> {
  const server = await postgresServer()
  const before = await withClient(server.superuser, roleNames)
  const certificate = await withClient(server.superuser, prepareServer)
  const asRoot = <T>(use: (client: pg.Client) => Promise<T>) =>
    oneAtATime(() => withClient(server.superuser, use))
  return {
    port: server.port,
    certificate,
    addAdmin: (name, password, rights) => asRoot((client) => addAdmin(client, name, password, rights)),
    addDatabase: (instance, name) =>
      asRoot(async (client) => {
        await client.query(`CREATE DATABASE ${quoted(name)} OWNER ${quoted(instance.userName)}`)
      }),
    remove: (instance, twin) => asRoot((client) => remove(client, instance, twin)),
    left: () =>
      asRoot(async (client) => ({
        databases: await databaseNames(client),
        roles: (await roleNames(client)).filter((name) => !before.includes(name))
      }))
  }
}

let last: Promise<unknown> = Promise.resolve()

function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const next = last.then(work, work)
  last = next.catch(() => undefined)
  return next
}

async function prepareServer(client: pg.Client): Promise<string> {
  const { certificate, key } = selfSigned()
  const shown = await client.query('SHOW data_directory')
  const folder: string = shown.rows[0].data_directory
  writeOwned(folder, 'fake-certificate.pem', certificate)
  writeOwned(folder, 'fake-key.pem', key)
  await client.query("ALTER SYSTEM SET ssl_cert_file = 'fake-certificate.pem'")
  await client.query("ALTER SYSTEM SET ssl_key_file = 'fake-key.pem'")
  await client.query('ALTER SYSTEM SET ssl = on')
  await client.query('SELECT pg_reload_conf()')
  await client.query(`CREATE DATABASE ${MAINTENANCE}`)
  await client.query(`REVOKE ALL ON DATABASE ${MAINTENANCE}, postgres, template1 FROM PUBLIC`)
  return certificate
}

/** The server reads a key only when nobody else may. */
function writeOwned(folder: string, name: string, text: string): void {
  const path = join(folder, name)
  const { uid, gid } = statSync(folder)
  writeFileSync(path, text, { mode: 0o600 })
  chmodSync(path, 0o600)
  if (process.getuid?.() === 0) chownSync(path, uid, gid)
}

async function addAdmin(client: pg.Client, name: string, password: string, rights: string): Promise<void> {
  const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name])
  const verb = known.rowCount === 0 ? 'CREATE' : 'ALTER'
  await client.query(`${verb} ROLE ${quoted(name)} LOGIN ${rights} PASSWORD '${scramVerifier(password)}'`)
  await client.query(`GRANT CONNECT ON DATABASE ${MAINTENANCE} TO ${quoted(name)}`)
}

async function remove(client: pg.Client, instance: FakeInstance, twin?: FakeInstance): Promise<void> {
  const databases = instance.databases.filter((name) => name !== MAINTENANCE)
  const roles = await rolesOf(client, databases, instance.userName)
  for (const name of databases) await client.query(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`)
  for (const name of roles) {
    if (name === twin?.userName) continue
    await client.query(`DROP OWNED BY ${quoted(name)} CASCADE`)
    await client.query(`DROP ROLE ${quoted(name)}`)
  }
}

/** Owners and grantees of anything in the databases, their members and the roles they are members of. */
async function rolesOf(client: pg.Client, databases: readonly string[], admin: string): Promise<string[]> {
  const { rows } = await client.query(
    `WITH RECURSIVE inside AS (
       SELECT oid FROM pg_database WHERE datname = ANY ($1)
     ), known (oid) AS (
       SELECT oid FROM pg_roles WHERE rolname = $2
       UNION
       SELECT d.refobjid FROM pg_shdepend d
        WHERE d.refclassid = 'pg_authid'::regclass
          AND (d.dbid IN (SELECT oid FROM inside)
               OR d.classid = 'pg_database'::regclass AND d.objid IN (SELECT oid FROM inside))
     ), related (oid) AS (
       SELECT oid FROM known
       UNION
       SELECT CASE WHEN m.roleid = r.oid THEN m.member ELSE m.roleid END
         FROM related r JOIN pg_auth_members m ON m.roleid = r.oid OR m.member = r.oid
     )
     SELECT rolname FROM pg_roles JOIN related USING (oid)
      WHERE NOT rolsuper AND rolname !~ '^pg_' AND (rolname = $2 OR rolname !~ '^portolan_')`,
    [databases, admin]
  )
  return rows.map((row) => row.rolname as string)
}

async function roleNames(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1")
  return rows.map((row) => row.rolname as string)
}

async function databaseNames(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', $1) ORDER BY 1",
    [MAINTENANCE]
  )
  return rows.map((row) => row.datname as string)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
