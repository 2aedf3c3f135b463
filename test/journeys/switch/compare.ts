import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type pg from 'pg'
import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import { toolsPort } from '../../../src/transport/tools.ts'
import { withClient } from '../../support/postgres-server.ts'

/** One database of a server, with the names that differ from place to place. */
export interface Place {
  readonly root: PostgresqlAccess
  readonly database: string
}

/** What the writers change meanwhile: compared by what is known of every write. */
const LIVELY = ['journey.lines', 'journey.counters', 'own.lines']

/**
 * What stands in a database, seen by nothing that the product has: the server's own dump tool, and digests of our own. As a login that is
 * made for the look, is a member of the instance's group and of its logins, and goes afterwards.
 */
export async function lookInto(place: Place): Promise<Map<string, string>> {
  const { root, database } = place
  const looker = { user: `look_${randomBytes(6).toString('hex')}`, password: randomBytes(12).toString('hex') }
  const logins = await makeLooker(place, looker)
  try {
    const found = new Map<string, string>()
    for (const line of await dumped({ ...root, database, ...looker })) {
      const plain = plainName(line, database, logins)
      found.set(plain, String(Number(found.get(plain) ?? 0) + 1))
    }
    await withClient({ ...root, database, ...looker }, (client) => digests(client, found))
    await withClient({ ...root, database }, async (client) => {
      const { rows } = await client.query(
        `SELECT (SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1) AS comment,
                (SELECT setconfig::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase WHERE datname = $1 AND setrole = 0) AS settings`,
        [database]
      )
      for (const [key, value] of Object.entries(rows[0] ?? {})) found.set(`database ${key}`, String(value))
    })
    return found
  } finally {
    await withClient(root, async (client) => {
      await client.query(`REVOKE ALL ON DATABASE "${database}" FROM "${looker.user}"`)
      await client.query(`DROP ROLE "${looker.user}"`)
    })
  }
}

/** Answers the instance's logins there, under whatever names they have now. */
async function makeLooker(
  { root, database }: Place,
  { user, password }: Pick<PostgresqlAccess, 'user' | 'password'>
): Promise<readonly string[]> {
  return withClient(root, async (client) => {
    const { rows } = await client.query(
      `SELECT member::regrole::text AS name FROM pg_auth_members JOIN pg_roles r ON r.oid = roleid
       WHERE rolname = ANY (ARRAY[$1::text, $1::text || '_ro']) AND member::regrole::text ~ '^"?b' ORDER BY 1`,
      [database]
    )
    const logins = rows.map(({ name }) => String(name).replaceAll('"', ''))
    await client.query(`CREATE ROLE "${user}" LOGIN PASSWORD '${password}'`)
    for (const role of [database, `${database}_ro`, ...logins])
      await client.query(`GRANT "${role}" TO "${user}"`)
    await client.query(`GRANT CONNECT ON DATABASE "${database}" TO "${user}"`)
    return logins
  })
}

async function dumped({ host, port, user, password, database }: PostgresqlAccess) {
  const [tool] = await toolsPort()('pg_dump')
  const left = LIVELY.flatMap((table) => [
    `--exclude-table-data=${table}`,
    `--exclude-table-data=${table}_id_seq`
  ])
  const { stdout } = await promisify(execFile)(
    tool?.program ?? 'pg_dump',
    ['--blobs', ...left, '--exclude-table-data=journey.bulk', `--dbname=${database}`],
    {
      env: { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password },
      maxBuffer: 1e9
    }
  )
  return stdout.split('\n').filter((line) => !/^(--|$|\\(un)?restrict)/.test(line))
}

/** What a login owned belongs to the group at a target: one name for both. */
function plainName(line: string, database: string, logins: readonly string[]): string {
  const owned = logins.reduce(
    (text, login) => text.replaceAll(`OWNER TO ${quoted(login)};`, 'OWNER TO the_group;'),
    line
  )
  return logins
    .reduce((text, login) => text.replaceAll(login, login.replace(/_of_.*/, '')), owned)
    .replaceAll(database, 'the_group')
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name}"`
}

async function digests(client: pg.Client, found: Map<string, string>): Promise<void> {
  await client.query(`SET search_path = ''; SET "TimeZone" = 'UTC'; SET row_security = off`)
  const { rows } = await client.query(
    `SELECT format('%I.%I', nspname, relname) AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
     WHERE relkind IN ('r', 'm') AND relispopulated AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`
  )
  for (const { name } of rows) {
    if (LIVELY.includes(name)) continue
    const digest = await client.query(
      `SELECT count(*) || ' rows, ' || coalesce(md5(string_agg(h, '' ORDER BY h)), '') AS is
       FROM (SELECT md5(format('%s', x)) AS h FROM ONLY ${name} x) AS each`
    )
    found.set(`table ${name}`, digest.rows[0].is)
  }
}

/** What one has and the other has not, or has otherwise. */
export function differences(source: Map<string, string>, target: Map<string, string>): readonly string[] {
  const keys = [...new Set([...source.keys(), ...target.keys()])]
  return keys
    .filter((key) => source.get(key) !== target.get(key))
    .map(
      (key) => `${key}: ${source.get(key) ?? 'not'} at the source, ${target.get(key) ?? 'not'} at the target`
    )
}
