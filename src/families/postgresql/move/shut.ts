import { loginComment } from '../../../contract/mark.ts'
import type { MovedLogin } from '../../../contract/move.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { type Place, pressOutside } from '../place.ts'
import { retried } from '../sql-state.ts'
import { grantConnect, revokeConnect } from './connect-rights.ts'

/**
 * From here on nobody enters: neither a login nor whoever else had the right. Those who are in stay in. `first` is done in the same
 * transaction; when it throws, nothing is shut.
 */
export async function shut(
  place: Place,
  logins: readonly MovedLogin[],
  first: () => Promise<void> = async () => undefined
): Promise<void> {
  await changed(place, async () => {
    await first()
    for (const name of await oursOf(place, logins)) {
      await place.outside.query(`ALTER ROLE ${quoteName(name)} NOLOGIN`)
    }
    await revokeConnect(place.outside, place.access)
  })
}

/** Undoes `shut`, whatever of it was done. */
export async function open(place: Place, logins: readonly MovedLogin[]): Promise<void> {
  await changed(place, async () => {
    await grantConnect(place.outside, place.access, place.call)
    for (const name of await oursOf(place, logins)) {
      await place.outside.query(`ALTER ROLE ${quoteName(name)} LOGIN`)
    }
  })
}

/** A login may be changing its own password, and never commit: it is not waited for long. */
async function changed(place: Place, change: () => Promise<void>): Promise<void> {
  const { outside } = place
  await outside.query(`SET lock_timeout = '1s'`)
  await pressOutside(place, () => retried(outside, () => outside.transaction(change)))
  await outside.query(`SET lock_timeout = '5s'`)
}

async function oursOf({ outside, access }: Place, logins: readonly MovedLogin[]): Promise<readonly string[]> {
  return loginsOf(
    outside,
    access.database,
    logins.map(({ from }) => from.name)
  )
}

/** Those of `names` that are logins of the resource; all of them when none are named. */
export async function loginsOf(
  outside: PostgresqlSession,
  resource: string,
  names?: readonly string[]
): Promise<readonly string[]> {
  const rows = await outside.query(
    `-- look for logins
     SELECT rolname FROM pg_roles
     WHERE shobj_description(oid, 'pg_authid') = $1 AND ($2::text[] IS NULL OR rolname = ANY ($2::text[])) ORDER BY rolname`,
    [loginComment(resource), names ?? null]
  )
  return rows.map((row) => String(row['rolname']))
}
