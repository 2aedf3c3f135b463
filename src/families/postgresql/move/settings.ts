import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { Moving } from '../../../contract/move.ts'
import { type Call, type PostgresqlSession, SqlState } from '../../../contract/ports.ts'
import { quoteName, quoteText } from '../../../contract/sql.ts'
import { maintenance, readerOf } from '../names.ts'
import type { TargetRoles } from './target-roles.ts'

/** Their values are lists of names, kept as they are written in a file: each name is a text of its own. */
const LISTS: readonly string[] = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories'
]

/** What `bind` sets by itself. */
const OF_BIND: readonly string[] = ['role', 'temp_file_limit']

interface Setting {
  /** Absent: of the database, for everybody. */
  readonly role: string | undefined
  /** Only in this database. */
  readonly isInside: boolean
  readonly name: string
  readonly value: string
}

/**
 * What the owner set for the database, and its comment: by root, from outside. What a tenant set for its own roles: by these roles, so that
 * nobody can set anything here that it could not set there.
 */
export async function copySettings(
  moving: Moving<PostgresqlAccess>,
  target: PostgresqlSession,
  roles: TargetRoles,
  call: Call
): Promise<void> {
  const { from, to } = moving
  const { settings, comment } = await call.postgresql(
    from.access,
    (outside) =>
      read(outside, from.access.database, [
        from.access.database,
        readerOf(from.access.database),
        ...moving.logins.map((login) => login.from.name)
      ]),
    maintenance(from.access)
  )
  const ofDatabase = settings.filter(({ role }) => role === undefined)
  const database = `DATABASE ${quoteName(to.access.database)}`
  await call.postgresql(
    to.access,
    async (outside) => {
      for (const setting of ofDatabase)
        await tried(outside, `ALTER ${database} ${assignment(setting)}`, setting, call)
      if (comment !== undefined) await outside.query(`COMMENT ON ${database} IS ${quoteText(comment)}`)
    },
    maintenance(to.access)
  )
  for (const setting of settings) await copyOfRole(setting, target, roles, database, call)
}

async function copyOfRole(
  setting: Setting,
  target: PostgresqlSession,
  roles: TargetRoles,
  database: string,
  call: Call
): Promise<void> {
  if (setting.role === undefined || OF_BIND.includes(setting.name)) return
  const role = roles.of(setting.role)
  if (role === undefined) return
  const where = setting.isInside ? ` IN ${database}` : ''
  await target.query(`SET ROLE ${quoteName(role)}`)
  try {
    await tried(target, `ALTER ROLE ${quoteName(role)}${where} ${assignment(setting)}`, setting, call)
  } finally {
    await target.query(`SET ROLE ${quoteName(roles.group)}`)
  }
}

/** Shared catalogs: nobody has to enter the tenant's database. */
async function read(outside: PostgresqlSession, database: string, tenants: readonly string[]) {
  const rows = await outside.query(
    `-- look at the settings
     SELECT r.rolname, s.setdatabase <> 0 AS is_inside, array_to_json(s.setconfig)::text AS settings
     FROM pg_db_role_setting s JOIN pg_database d ON d.datname = $1 AND s.setdatabase IN (0, d.oid)
     LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE s.setrole = 0 AND s.setdatabase <> 0 OR r.rolname = ANY ($2::text[])`,
    [database, tenants]
  )
  const [described] = await outside.query(
    `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
    [database]
  )
  const comment = described?.['comment']
  return {
    comment: typeof comment === 'string' ? comment : undefined,
    settings: rows.flatMap((row) =>
      (JSON.parse(String(row['settings'])) as readonly string[]).map((each): Setting => {
        const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(each) ?? []
        const role = row['rolname']
        return {
          role: typeof role === 'string' ? role : undefined,
          isInside: row['is_inside'] === true,
          name,
          value
        }
      })
    )
  }
}

function assignment({ name, value }: Setting): string {
  const values = LISTS.includes(name.toLowerCase()) ? namesIn(value) : [value]
  const parts = name.split('.').map(quoteName).join('.')
  return `SET ${parts} TO ${values.length === 0 ? "''" : values.map(quoteText).join(', ')}`
}

/** `shop, "Odd ""Name"""`: a name within quotes is taken as it stands, any other in lower case. */
function namesIn(list: string): readonly string[] {
  const names = list.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,\s"][^,"]*?))\s*(?:,|$)/g)
  return [...names].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? String(plain).toLowerCase())
}

/** What this server does not know, or lets only a superuser set, stays behind: who compares will say so. */
async function tried(
  session: PostgresqlSession,
  statement: string,
  { name }: Setting,
  call: Call
): Promise<void> {
  try {
    await session.query(`-- set a setting\n${statement}`)
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.cause instanceof SqlState)) throw error
    call.note(`the setting ${name} could not be copied: ${error.message}`)
  }
}
