import { ProviderFailure } from '../../../../contract/errors.ts'
import type { JsonObject } from '../../../../contract/json.ts'
import type { PostgresqlSession } from '../../../../contract/ports.ts'
import { numberAt } from '../../../../contract/read.ts'

/** What a server, and the database of the resource on it, is like. */
export interface ServerFacts {
  /** As `server_version_num` has it. */
  readonly version: number
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  readonly collationVersion: string | undefined
  readonly makesRoles: boolean
  readonly isSuperuser: boolean
  /** Root may act for the owner of the database; true where there is none yet. */
  readonly ownsDatabase: boolean
  readonly freeConnections: number
}

/** Outside; `database` is one of the server, or `template0` for one that is still to be made. */
export async function serverFacts(session: PostgresqlSession, database: string): Promise<ServerFacts> {
  const [row] = await session.query(
    `-- look at the server
     SELECT current_setting('server_version_num')::int4 AS version, pg_encoding_to_char(d.encoding) AS encoding,
            d.datcollate AS collate, d.datctype AS ctype, d.datcollversion AS collation_version,
            me.rolcreaterole OR me.rolsuper AS makes_roles, me.rolsuper AS super,
            d.datistemplate OR pg_has_role(d.datdba, 'USAGE') AS owns,
            current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4
              - coalesce(current_setting('reserved_connections', true), '0')::int4
              - (SELECT count(*)::int4 FROM pg_stat_activity WHERE usesysid IS NOT NULL) AS free
     FROM pg_database d, pg_roles me WHERE d.datname = $1 AND me.rolname = current_user`,
    [database]
  )
  if (row === undefined) throw new ProviderFailure('unexpected', 'The database to look at is not there.')
  return {
    version: numberAt(row, 'version'),
    encoding: String(row['encoding']),
    collate: String(row['collate']),
    ctype: String(row['ctype']),
    collationVersion: textOf(row, 'collation_version'),
    makesRoles: row['makes_roles'] === true,
    isSuperuser: row['super'] === true,
    ownsDatabase: row['owns'] === true,
    freeConnections: numberAt(row, 'free')
  }
}

function textOf(row: JsonObject, key: string): string | undefined {
  const value = row[key]
  return typeof value === 'string' ? value : undefined
}
