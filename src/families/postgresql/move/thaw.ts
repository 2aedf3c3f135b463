import type { PostgresqlAccess } from '../../../contract/access.ts'
import { stepComment } from '../../../contract/mark.ts'
import type { Source } from '../../../contract/move.ts'
import type { MoveCall } from '../../../contract/ports.ts'
import { maintenance } from '../names.ts'
import type { Place } from '../place.ts'
import { open } from './shut.ts'
import { stepEnd } from './step-end.ts'

/**
 * First the locks that a session of an attempt may still hold, then everybody is let in again; the throwaway logins are removed when
 * nobody waits any more.
 */
export async function thaw(source: Source<PostgresqlAccess>, call: MoveCall): Promise<void> {
  const { access } = source.from
  await call.postgresql(access, (outside) => thawAt({ access, outside, call }, source), maintenance(access))
  await stepEnd(access, call)
}

async function thawAt(place: Place, { logins }: Source<PostgresqlAccess>): Promise<void> {
  const { access, outside } = place
  await outside.query(
    `-- end throwaway sessions
     SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
     WHERE a.datname = $1 AND shobj_description(r.oid, 'pg_authid') = $2 AND pg_has_role(r.oid, 'USAGE')`,
    [access.database, stepComment(access.database)]
  )
  await open(place, logins)
}
