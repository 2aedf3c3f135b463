import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import { withClient } from './postgres-server.ts'
import { root } from './root.ts'

/** What `hostile.sql` is about. */
export interface Plot {
  readonly login: string
  readonly reader: string
  readonly group: string
  readonly neighbour: string
  readonly root: string
  /** Written by whoever may write files or run programs. */
  readonly file: string
}

export interface Payload {
  /** Its first line. */
  readonly title: string
  readonly sql: string
  /** The server itself stops it. */
  readonly isRefused: boolean
}

/** What a tenant may plant in its own database so that somebody with more rights runs it. */
export function payloads(plot: Plot): readonly Payload[] {
  const values: Readonly<Record<string, string>> = { ...plot }
  const hostile = readFileSync(join(root, 'adapters/postgresql-server/hostile.sql'), 'utf8')
  const text = hostile.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(values[key]))
  return text
    .split(/^(?=-- (?:payload|refused): )/m)
    .slice(1)
    .map((sql) => ({ title: String(sql.split('\n')[0]), sql, isRefused: sql.startsWith('-- refused') }))
}

/** Whatever a tenant could gain on a server, by kind, one line each: roles, memberships, databases, settings, comments. */
export function holdings(access: PostgresqlAccess): Promise<readonly string[]> {
  const questions = {
    role: 'SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls FROM pg_roles ORDER BY 1',
    member:
      'SELECT roleid::regrole::text AS of, member::regrole::text, admin_option FROM pg_auth_members ORDER BY 1, 2',
    database:
      'SELECT datname, datdba::regrole::text, datallowconn, datistemplate, datconnlimit, datacl::text FROM pg_database ORDER BY 1',
    setting: `SELECT (SELECT datname FROM pg_database d WHERE d.oid = setdatabase) AS of, setrole::regrole::text, setconfig FROM pg_db_role_setting ORDER BY 1, 2`,
    comment: `SELECT CASE classoid WHEN 'pg_authid'::regclass THEN (SELECT rolname FROM pg_roles r WHERE r.oid = objoid)
                ELSE (SELECT datname FROM pg_database d WHERE d.oid = objoid) END AS of, description FROM pg_shdescription ORDER BY 1, 2`
  }
  return withClient(access, async (client) => {
    const found: string[] = []
    for (const [kind, question] of Object.entries(questions)) {
      const { rows } = await client.query(question)
      for (const row of rows) found.push(`${kind} ${JSON.stringify(row)}`)
    }
    return found
  })
}
