import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { scramVerifier } from '../../../src/local/scram.ts'
import { type TestServer, withClient } from '../postgres-server.ts'
import { selfSigned } from '../self-signed.ts'
import { type ApiLogins, postgresqlLogins } from './api-logins.ts'

/** One instance's part of the server behind a fake. */
export interface Tenant {
  /** The login that its provider makes with it. */
  readonly admin: string
  /** Those that its API made; what the admin owns beyond is found. */
  readonly databases: readonly string[]
  /** Those that its API made. */
  readonly logins?: readonly string[]
}

/** The real PostgreSQL behind every instance of a fake, with TLS; in it stands what a fake's provider would make. */
export interface LocalPostgresql {
  readonly port: number
  /** PEM, for `localhost`. */
  readonly certificate: string
  readonly key: string
  /** Made, or given this password. `rights` as in CREATE ROLE. */
  setAdmin(name: string, password: string, rights: string): Promise<void>
  addDatabase(name: string, owner: string): Promise<void>
  readonly logins: ApiLogins
  /** What goes with an instance: its databases, and every role that has to do with them. `kept` is a twin's login. */
  remove(tenant: Tenant, kept?: string): Promise<void>
  /** What is there beyond a new server, for leak checks. */
  left(): Promise<{ readonly databases: string[]; readonly roles: string[] }>
}

export interface LocalPostgresqlOptions {
  /** The database that the provider gives every instance, and that all admins may enter. */
  readonly maintenance: string
  /** What no database's removal takes along: how admins' names begin. */
  readonly adminPrefix: string
}

/** Once for each server: it gets a certificate, and the provider's own database. */
export async function startLocalPostgresql(
  server: TestServer,
  options: LocalPostgresqlOptions
): Promise<LocalPostgresql> {
  const { maintenance } = options
  const before = await withClient(server.superuser, roleNames)
  const secured = await withClient(server.superuser, (client) => prepareServer(client, maintenance))
  const asRoot = <T>(use: (client: pg.Client) => Promise<T>, database = server.superuser.database) =>
    oneAtATime(() => withClient({ ...server.superuser, database }, use))
  return {
    port: server.port,
    ...secured,
    setAdmin: (name, password, rights) =>
      asRoot(async (client) => {
        const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name])
        const verb = known.rowCount === 0 ? 'CREATE' : 'ALTER'
        const verifier = scramVerifier(password)
        await client.query(`${verb} ROLE ${quoted(name)} LOGIN ${rights} PASSWORD '${verifier}'`)
        await client.query(`GRANT CONNECT ON DATABASE ${quoted(maintenance)} TO ${quoted(name)}`)
      }),
    addDatabase: (name, owner) =>
      asRoot(async (client) => {
        await client.query(`CREATE DATABASE ${quoted(name)} OWNER ${quoted(owner)}`)
      }),
    logins: postgresqlLogins(asRoot),
    remove: (tenant, kept) => asRoot((client) => remove(client, options, tenant, kept)),
    left: () =>
      asRoot(async (client) => ({
        databases: await databaseNames(client, maintenance),
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

async function prepareServer(client: pg.Client, maintenance: string) {
  const { certificate, key } = selfSigned()
  const shown = await client.query('SHOW data_directory')
  const folder: string = shown.rows[0].data_directory
  writeOwned(folder, 'fake-certificate.pem', certificate)
  writeOwned(folder, 'fake-key.pem', key)
  await client.query("ALTER SYSTEM SET ssl_cert_file = 'fake-certificate.pem'")
  await client.query("ALTER SYSTEM SET ssl_key_file = 'fake-key.pem'")
  await client.query('ALTER SYSTEM SET ssl = on')
  await client.query('SELECT pg_reload_conf()')
  await client.query(`CREATE DATABASE ${quoted(maintenance)}`)
  await client.query(`REVOKE ALL ON DATABASE ${quoted(maintenance)}, postgres, template1 FROM PUBLIC`)
  return { certificate, key }
}

/** The server reads a key only when nobody else may. */
function writeOwned(folder: string, name: string, text: string): void {
  const path = join(folder, name)
  const { uid, gid } = statSync(folder)
  writeFileSync(path, text)
  chmodSync(path, 0o600)
  if (process.getuid?.() === 0) chownSync(path, uid, gid)
}

async function remove(
  client: pg.Client,
  { maintenance, adminPrefix }: LocalPostgresqlOptions,
  { admin, databases, logins = [] }: Tenant,
  kept?: string
): Promise<void> {
  const owned = kept === admin ? [] : await databasesOf(client, admin)
  const doomed = [...new Set([...databases, ...owned])].filter((name) => name !== maintenance)
  const made = (await roleNames(client)).filter((name) => logins.includes(name))
  const roles = new Set([...(await rolesOf(client, doomed, admin, adminPrefix)), ...made])
  for (const name of doomed) await client.query(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`)
  for (const name of roles) {
    if (name === kept) continue
    await client.query(`DROP OWNED BY ${quoted(name)} CASCADE`)
    await client.query(`DROP ROLE ${quoted(name)}`)
  }
}

async function databasesOf(client: pg.Client, admin: string): Promise<string[]> {
  const { rows } = await client.query(
    'SELECT datname FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE rolname = $1',
    [admin]
  )
  return rows.map((row) => row.datname as string)
}

/** Owners and grantees of anything in the databases, their members and the roles they are members of. */
async function rolesOf(
  client: pg.Client,
  databases: readonly string[],
  admin: string,
  adminPrefix: string
): Promise<string[]> {
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
      WHERE NOT rolsuper AND NOT starts_with(rolname, 'pg_') AND (rolname = $2 OR NOT starts_with(rolname, $3))`,
    [databases, admin, adminPrefix]
  )
  return rows.map((row) => row.rolname as string)
}

async function roleNames(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1")
  return rows.map((row) => row.rolname as string)
}

async function databaseNames(client: pg.Client, maintenance: string): Promise<string[]> {
  const { rows } = await client.query(
    "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', $1) ORDER BY 1",
    [maintenance]
  )
  return rows.map((row) => row.datname as string)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
