import type { PostgresqlAccess } from '../../contract/access.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { Names } from '../../contract/family.ts'
import { isSameMark, markText, readMark } from '../../contract/mark.ts'
import type { Call, PostgresqlSession } from '../../contract/ports.ts'
import { quoteName, quoteText } from '../../contract/sql.ts'
import { maintenance, readerOf } from './names.ts'
import { retried } from './sql-state.ts'

const OLDEST = 150000

/**
 * Makes a new database a tenant's: nobody else may enter, the group may do everything inside but owns nothing outside, readers read.
 * Only then it is opened. The group itself is made here where the provider's driver could not.
 */
export async function prepare(
  access: PostgresqlAccess,
  names: Names,
  options: { readonly defaultPrivileges: boolean },
  call: Call
): Promise<void> {
  await call.postgresql(
    access,
    (session) => retried(session, () => session.transaction(() => prepareOutside(session, access, names))),
    maintenance(access)
  )
  await call.postgresql(access, (session) =>
    session.transaction(() => prepareInside(session, names.resource, options.defaultPrivileges))
  )
}

async function prepareOutside(
  session: PostgresqlSession,
  access: PostgresqlAccess,
  names: Names
): Promise<void> {
  const seen = await look(session, access, names)
  checkRights(seen)
  const group = quoteName(names.resource)
  const reader = quoteName(readerOf(names.resource))
  const database = quoteName(access.database)
  if (!seen.hasGroup) {
    await session.query(`CREATE ROLE ${group} NOLOGIN`)
    await session.query(`COMMENT ON ROLE ${group} IS ${quoteText(markText(names.mark))}`)
  } else if (!isSameMark(readMark(seen.comment), names.mark)) {
    throw new ProviderFailure('conflict', 'A role with the name of this instance exists and is not ours.')
  }
  // 15 wants root to be a member before it acts for the group; from 16 on its maker may administer it but is none.
  await session.query(`GRANT ${group} TO CURRENT_USER`)
  if (!seen.hasReader) await session.query(`CREATE ROLE ${reader} NOLOGIN`)
  await session.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`)
  await session.query(`GRANT CONNECT, TEMPORARY, CREATE ON DATABASE ${database} TO ${group}`)
  await session.query(`GRANT CONNECT ON DATABASE ${database} TO ${reader}`)
  if (!seen.isOpen) await session.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`)
}

async function look(session: PostgresqlSession, access: PostgresqlAccess, names: Names) {
  const [row] = await session.query(
    `-- look at the database
     SELECT current_setting('server_version_num')::int4 AS version, me.rolcreaterole OR me.rolsuper AS makes_roles,
            d.oid IS NOT NULL AS has_database, pg_has_role(d.datdba, 'USAGE') AS owns_database, d.datallowconn AS is_open,
            g.oid IS NOT NULL AS has_group, shobj_description(g.oid, 'pg_authid') AS comment,
            EXISTS (SELECT FROM pg_roles WHERE rolname = $3) AS has_reader
     FROM pg_roles me
     LEFT JOIN pg_database d ON d.datname = $1
     LEFT JOIN pg_roles g ON g.rolname = $2
     WHERE me.rolname = current_user`,
    [access.database, names.resource, readerOf(names.resource)]
  )
  return {
    version: Number(row?.['version']),
    makesRoles: row?.['makes_roles'] === true,
    hasDatabase: row?.['has_database'] === true,
    ownsDatabase: row?.['owns_database'] === true,
    isOpen: row?.['is_open'] === true,
    hasGroup: row?.['has_group'] === true,
    comment: row?.['comment'],
    hasReader: row?.['has_reader'] === true
  }
}

function checkRights(seen: Awaited<ReturnType<typeof look>>): void {
  if (seen.version < OLDEST)
    throw new ProviderFailure('invalid', 'The database server is older than PostgreSQL 15.')
  if (!seen.hasDatabase)
    throw new ProviderFailure('unexpected', 'The database of this instance is not there.')
  if (!seen.makesRoles) throw lacking('CREATEROLE')
  if (!seen.ownsDatabase) throw lacking('ownership of the database')
}

function lacking(right: string): ProviderFailure {
  return new ProviderFailure('denied', `The administrator of the database server lacks a right: ${right}.`)
}

async function prepareInside(
  session: PostgresqlSession,
  resource: string,
  defaultPrivileges: boolean
): Promise<void> {
  const group = quoteName(resource)
  const reader = quoteName(readerOf(resource))
  const [schema] = await session.query(
    `-- look at the schema public
     SELECT pg_has_role(nspowner, 'USAGE') AS ours, pg_get_userbyid(nspowner) = $1 AS done
     FROM pg_namespace WHERE nspname = 'public'`,
    [resource]
  )
  const filled = defaultPrivileges ? await filledSchemas(session, resource) : []
  if (schema?.['ours'] === false) throw lacking('ownership of the schema public')
  if (schema?.['done'] === false) await session.query(`ALTER SCHEMA public OWNER TO ${group}`)
  if (schema !== undefined) await session.query(`GRANT USAGE ON SCHEMA public TO ${reader}`)
  if (!defaultPrivileges) return
  const byDefault = `ALTER DEFAULT PRIVILEGES FOR ROLE ${group} GRANT`
  await session.query(`${byDefault} SELECT ON TABLES TO ${reader}`)
  await session.query(`${byDefault} USAGE, SELECT ON SEQUENCES TO ${reader}`)
  await session.query(`${byDefault} USAGE ON SCHEMAS TO ${reader}`)
  for (const each of filled) {
    await session.query(`GRANT USAGE ON SCHEMA ${each} TO ${reader}`)
    await session.query(`GRANT SELECT ON ALL TABLES IN SCHEMA ${each} TO ${reader}`)
    await session.query(`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${each} TO ${reader}`)
  }
}

/** Of a database that was taken over with what is in it, and whose readers have not been told yet what they may read. */
async function filledSchemas(session: PostgresqlSession, resource: string): Promise<readonly string[]> {
  const rows = await session.query(
    `-- look for what was there before
     SELECT DISTINCT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE c.relowner = (SELECT oid FROM pg_roles WHERE rolname = $1) AND relkind IN ('r', 'p', 'v', 'm', 'S')
       AND pg_has_role(nspowner, 'USAGE') AND NOT EXISTS (
         SELECT FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid AND s.refclassid = 'pg_authid'::regclass
         WHERE r.rolname = $2 AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
    [resource, readerOf(resource)]
  )
  return rows.map((row) => quoteName(String(row['nspname'])))
}
