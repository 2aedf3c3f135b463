import { ProviderFailure } from '../../contract/errors.ts'
import { loginComment } from '../../contract/mark.ts'
import type { PostgresqlSession } from '../../contract/ports.ts'
import { putOutBlockers } from '../../contract/put-out-blockers.ts'
import { quoteName, quoteText } from '../../contract/sql.ts'
import { maintenance } from './names.ts'
import { type Place, pressOutside } from './place.ts'
import { revokeLeftovers } from './revoke-leftovers.ts'
import { retried, STATE, stateOf } from './sql-state.ts'
import { inTenantDatabase } from './tenant-database.ts'

const ROUNDS = 3

interface Legacy {
  /** The role that goes. */
  readonly name: string
  readonly heir: string | undefined
  /** The usual statements were not enough. */
  readonly isStubborn: boolean
}

/**
 * Drops a role that nobody uses any more and of which root is a member. What it owns goes to the group of each database; what was
 * granted to it anywhere, also by other tenants, is revoked. A tenant that grants a neighbour's role more than can be revoked, or grants
 * again and again, keeps nobody waiting: then the role stays, empty and locked out, and `doctor` shows it.
 */
export async function dissolve(place: Place, name: string, oid: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    await rollBackPrepared(place, name)
    const [own, foreign] = await legaciesOf(place, name, oid, round > 0)
    for (const { database, legacy } of own) await handOverIn(place, database, legacy)
    for (const { database, legacy } of foreign) await handOverElsewhere(place, database, legacy)
    if (await pressOutside(place, () => dropped(place.outside, name))) return
  }
  const [own, foreign] = await legaciesOf(place, name, oid, true)
  if (own.length > 0 || foreign.length === 0) {
    throw new ProviderFailure('unavailable', 'The login is locked out, but others still grant rights to it.')
  }
  place.call.note(`the role ${name} stays, locked out: other databases still grant rights to it`)
}

/** What other tenants granted to a group would keep it from being dropped. */
export async function revokeElsewhere(place: Place, group: string, oid: number): Promise<void> {
  const [, foreign] = await legaciesOf(place, group, oid, true)
  for (const { database, legacy } of foreign) await handOverElsewhere(place, database, legacy)
}

/** Where the role left something: in its own database and the one root works in; and in those of other tenants. */
async function legaciesOf(place: Place, name: string, oid: number, isStubborn: boolean) {
  const ours = [place.access.database, maintenance(place.access).database]
  const found = await databasesOf(place, oid)
  const all = found.map(({ database, heir }) => ({ database, legacy: { name, heir, isStubborn } }))
  const isOwn = ({ database }: { readonly database: string }) => ours.includes(database)
  return [all.filter(isOwn), all.filter((each) => !isOwn(each))] as const
}

/** Whatever another tenant does in its database is no reason to fail. */
async function handOverElsewhere(place: Place, database: string, legacy: Legacy): Promise<void> {
  try {
    await handOverIn(place, database, legacy)
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    place.call.note(`what ${database} grants to ${legacy.name} could not be revoked: ${error.message}`)
  }
}

async function dropped(session: PostgresqlSession, name: string): Promise<boolean> {
  try {
    await session.query(`DROP ROLE IF EXISTS ${quoteName(name)}`)
    return true
  } catch (error) {
    if (stateOf(error) !== STATE.dependentObjects) throw error
    return false
  }
}

/** Every database where the role owns something or was granted something, and who inherits there. */
async function databasesOf({ access, outside }: Place, oid: number) {
  const rows = await outside.query(
    `-- look where the login left something
     SELECT DISTINCT CASE s.dbid WHEN 0 THEN $2 ELSE d.datname END AS database, g.rolname AS heir
     FROM pg_shdepend s
     LEFT JOIN pg_database d ON d.oid = s.dbid
     LEFT JOIN pg_roles g ON g.rolname = d.datname AND g.oid <> s.refobjid
       AND NOT g.rolcanlogin AND pg_has_role(g.oid, 'USAGE')
     WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1::oid`,
    [oid, maintenance(access).database]
  )
  return rows.map((row) => ({
    database: String(row['database']),
    heir: typeof row['heir'] === 'string' ? row['heir'] : undefined
  }))
}

/** The tenant's own other logins may be at work on what is handed over: only strangers are put out. */
function handOverIn({ access, outside, call }: Place, database: string, legacy: Legacy): Promise<void> {
  const watch = {
    open: (use: (watcher: PostgresqlSession) => Promise<void>) => use(outside),
    spared: access.database
  }
  return inTenantDatabase(access, database, outside, call, (session) =>
    putOutBlockers(session, watch, () => handOver(session, legacy))
  )
}

/** One transaction: with REASSIGN refused at a lock, DROP OWNED alone would drop tables. */
async function handOver(session: PostgresqlSession, legacy: Legacy): Promise<void> {
  const reassigned = (isOpening: boolean) =>
    retried(session, () => session.transaction(() => reassign(session, legacy, isOpening)))
  try {
    await reassigned(false)
  } catch (error) {
    if (legacy.heir === undefined || stateOf(error) !== STATE.insufficientPrivilege) throw error
    await reassigned(true)
  }
}

async function reassign(session: PostgresqlSession, legacy: Legacy, isOpening: boolean): Promise<void> {
  const { name, heir } = legacy
  const role = quoteName(name)
  const strangers = await strangersIn(session)
  for (const owner of strangers) await session.query(`GRANT ${quoteName(owner)} TO CURRENT_USER`)
  if (isOpening && heir !== undefined) await openSchemas(session, heir)
  if (heir !== undefined) await session.query(`REASSIGN OWNED BY ${role} TO ${quoteName(heir)}`)
  await session.query(`DROP OWNED BY ${role}`)
  if (legacy.isStubborn) await revokeLeftovers(session, name)
  for (const owner of strangers) await session.query(`REVOKE ${quoteName(owner)} FROM CURRENT_USER`)
}

/**
 * Logins that own or grant something here themselves, after RESET ROLE, and readers that pass rights on. What they granted can only be revoked by a member of theirs:
 * DROP OWNED would leave it, with a warning.
 */
async function strangersIn(session: PostgresqlSession): Promise<readonly string[]> {
  const rows = await session.query(
    `-- look for owners and grantors
     SELECT DISTINCT r.rolname FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
     WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) 
       AND s.refclassid = 'pg_authid'::regclass AND NOT pg_has_role(r.oid, 'USAGE')
       AND (shobj_description(r.oid, 'pg_authid') LIKE $1 OR r.rolname = current_database() || '_ro')`,
    [loginComment('%')]
  )
  return rows.map((row) => String(row['rolname']))
}

/** A new owner of a function must be able to create in its schema, and a tenant may have taken that from its own group. */
async function openSchemas(session: PostgresqlSession, heir: string): Promise<void> {
  const closed = await session.query(
    `-- look at schemas
     SELECT nspname FROM pg_namespace
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND NOT has_schema_privilege($1, oid, 'CREATE')`,
    [heir]
  )
  for (const row of closed) {
    await session.query(`GRANT CREATE ON SCHEMA ${quoteName(String(row['nspname']))} TO ${quoteName(heir)}`)
  }
}

/** A prepared transaction outlives its session, with all its locks; only its owner may end it. */
async function rollBackPrepared({ access, outside, call }: Place, name: string): Promise<void> {
  const prepared = await outside.query('SELECT gid, database FROM pg_prepared_xacts WHERE owner = $1', [name])
  for (const row of prepared) {
    await inTenantDatabase(access, String(row['database']), outside, call, async (session) => {
      await session.query(`SET ROLE ${quoteName(name)}`)
      await session.query(`ROLLBACK PREPARED ${quoteText(String(row['gid']))}`)
    })
  }
}
