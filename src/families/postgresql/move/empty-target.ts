import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import { loginComment } from '../../../contract/mark.ts'
import type { Moving } from '../../../contract/move.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName, quoteText } from '../../../contract/sql.ts'
import type { Place } from '../place.ts'
import { prepare } from '../prepare.ts'
import { STATE, stateOf } from '../sql-state.ts'
import { isSameLocale, type Locale, localeOf, localeOptions } from './locale.ts'
import { limitsOf } from './room.ts'

/** The schema public of every new database. */
const PUBLIC_SCHEMA = 2200
const ROUNDS = 5

/** Thrown to roll back. */
const ENOUGH = new Error('enough')

/**
 * Afterwards the target is as `prepare` made it, without default privileges: these come with the copy, and would give readers what the
 * source has taken from them. What an earlier attempt restored is dropped with its database, not object by object: no event trigger, no
 * dependency and no number of locks of a hostile tenant stands in the way of that, root needs not enter, and nothing can be forgotten.
 * A crash between the two statements is mended by the next attempt, which finds no database and makes it.
 */
export async function emptyTarget(
  moving: Moving<PostgresqlAccess>,
  place: Place,
  source: Locale | undefined
): Promise<void> {
  const { access, outside, call } = place
  const current = await localeOf(outside, access.database)
  const wanted = source ?? current
  if (current !== undefined && wanted !== undefined && isSameLocale(current, wanted)) {
    if (await isAsPrepared(place)) return
  }
  const { database, kept } = await limitsOf(outside, access)
  const limit = kept < 0 ? database : kept
  await refuseWithoutRights(outside)
  if (current !== undefined) await drop(place)
  await make(place, limit, [wanted, current])
  await prepare(access, moving.to.names, { defaultPrivileges: false }, call)
  await actAsGroup(place)
}

/**
 * Seen from outside: whatever a tenant makes has an owner, and so a line in `pg_shdepend`; what a move leaves besides are settings of the
 * database and its comment.
 */
async function isAsPrepared({ access, outside }: Place): Promise<boolean> {
  const [row] = await outside.query(
    `-- look whether the target is empty
     SELECT (SELECT count(*) FROM pg_shdepend s WHERE s.dbid = d.oid
               AND NOT (s.classid = 'pg_namespace'::regclass AND s.objid = ${PUBLIC_SCHEMA})) = 0
        AND EXISTS (SELECT FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
                    WHERE s.dbid = d.oid AND s.classid = 'pg_namespace'::regclass AND s.objid = ${PUBLIC_SCHEMA}
                      AND s.deptype = 'o' AND r.rolname = d.datname)
        AND NOT EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = d.oid AND setrole = 0)
        AND shobj_description(d.oid, 'pg_database') IS NULL AS is_empty
     FROM pg_database d WHERE d.datname = $1`,
    [access.database]
  )
  return row?.['is_empty'] === true
}

async function refuseWithoutRights(outside: PostgresqlSession): Promise<void> {
  const [row] = await outside.query(
    `-- look at root
     SELECT rolcreatedb OR rolsuper AS makes_databases FROM pg_roles WHERE rolname = current_user`
  )
  if (row?.['makes_databases'] === true) return
  throw new ProviderFailure(
    'denied',
    'The target cannot be emptied: the administrator of the database server lacks a right: CREATEDB.'
  )
}

/** Nobody gets in any more; who is in is put out. DROP DATABASE itself may end only sessions of roles that root is a member of. */
async function drop({ access, outside }: Place): Promise<void> {
  const database = quoteName(access.database)
  await outside.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`)
  for (let round = 1; ; round += 1) {
    await endSessions(outside, access.database)
    try {
      await dropWhole(outside, database)
      return
    } catch (error) {
      if (round === ROUNDS || stateOf(error) !== STATE.objectInUse) throw error
    }
  }
}

/** By force nobody may end the server's own vacuum, who is no superuser; without it the server ends it by itself, and waits for it. */
async function dropWhole(outside: PostgresqlSession, database: string): Promise<void> {
  try {
    await outside.query(`DROP DATABASE ${database} WITH (FORCE)`)
  } catch (error) {
    if (stateOf(error) !== STATE.insufficientPrivilege) throw error
    await outside.query(`DROP DATABASE ${database}`)
  }
}

async function endSessions(outside: PostgresqlSession, database: string): Promise<void> {
  const users = await outside.query(
    `-- look who is in
     SELECT DISTINCT usename FROM pg_stat_activity
     WHERE datname = $1 AND NOT pg_has_role(usesysid, 'USAGE') AND shobj_description(usesysid, 'pg_authid') LIKE $2`,
    [database, loginComment('%')]
  )
  for (const user of users) {
    const membership = outside.transaction(async () => {
      await outside.query(`GRANT ${quoteName(String(user['usename']))} TO CURRENT_USER`)
      await outside.query(
        `-- end sessions
         SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND usename = $2`,
        [database, String(user['usename'])]
      )
      throw ENOUGH
    })
    await membership.catch((error) => {
      if (error !== ENOUGH) throw error
    })
  }
}

/** As the source, where this server has its locale; else as it was; else as the server likes. Closed until `prepare` has shut others out. */
async function make(
  { access, outside, call }: Place,
  limit: number,
  locales: readonly (Locale | undefined)[]
): Promise<void> {
  const statement = `CREATE DATABASE ${quoteName(access.database)} TEMPLATE template0 ALLOW_CONNECTIONS false CONNECTION LIMIT ${limit}`
  for (const locale of locales) {
    if (locale === undefined) continue
    try {
      await outside.query(`${statement} ${localeOptions(locale)}`)
      return
    } catch (error) {
      if (!LOCALE_REFUSED.includes(stateOf(error))) throw error
      call.note('the database server does not have the locale of the source')
    }
  }
  await outside.query(statement)
}

/** An unknown locale or provider, one that does not go with the encoding, one that cannot be loaded. */
const LOCALE_REFUSED: readonly (string | undefined)[] = ['42809', '22023', '42704', '0A000', '58P01']

/** Settings of a login within a database go with it; `bind` made them. */
async function actAsGroup({ access, outside }: Place): Promise<void> {
  const rows = await outside.query(
    `-- look at the logins
     SELECT r.rolname FROM pg_roles r JOIN pg_auth_members m ON m.member = r.oid JOIN pg_roles g ON g.oid = m.roleid
     WHERE g.rolname = $1 AND shobj_description(r.oid, 'pg_authid') = $2`,
    [access.database, loginComment(access.database)]
  )
  for (const row of rows) {
    await outside.query(
      `ALTER ROLE ${quoteName(String(row['rolname']))} IN DATABASE ${quoteName(access.database)} SET role = ${quoteText(access.database)}`
    )
  }
}
