import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { MoveSide } from '../../../contract/move.ts'
import type { Call, PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { maintenance, readerOf } from '../names.ts'

/** Of the readers' role, which never logs in: no tenant can change it, and it goes with the resource. */
const IN_USE = 0

/**
 * Kept at the server itself that a move has ended here, and applications write: for whoever does not know it, because it slept, or
 * because its store is an old backup.
 */
export async function keepInUse(outside: PostgresqlSession, access: PostgresqlAccess): Promise<void> {
  const limit = await limitOf(outside, access)
  if (limit === undefined || limit === IN_USE) return
  await outside.query(`ALTER ROLE ${quoteName(readerOf(access.database))} CONNECTION LIMIT ${IN_USE}`)
}

/** Throws unless it is a target that nobody uses yet. */
export async function refuseInUse(outside: PostgresqlSession, access: PostgresqlAccess): Promise<void> {
  const limit = await limitOf(outside, access)
  if (limit === undefined)
    throw new ProviderFailure('conflict', 'The target of this move is not there any more.')
  if (limit === IN_USE)
    throw new ProviderFailure('conflict', 'The target of this move is in use: the move has ended already.')
}

/** A move has ended here, whatever the books say. */
export function isInUse({ access }: MoveSide<PostgresqlAccess>, call: Call): Promise<boolean> {
  return call.postgresql(
    access,
    async (outside) => (await limitOf(outside, access)) === IN_USE,
    maintenance(access)
  )
}

async function limitOf(outside: PostgresqlSession, access: PostgresqlAccess): Promise<number | undefined> {
  const [row] = await outside.query(
    `-- look whether it is in use
     SELECT rolconnlimit FROM pg_roles WHERE rolname = $1`,
    [readerOf(access.database)]
  )
  return row === undefined ? undefined : Number(row['rolconnlimit'])
}
