import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Moving } from '../../../contract/move.ts'
import type { MoveCall } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { maintenance } from '../names.ts'
import { type Place, pressOutside } from '../place.ts'
import { retried } from '../sql-state.ts'
import { keepInUse } from './in-use.ts'
import { endRootSessions } from './root-sessions.ts'
import { endForeignSessions } from './sessions.ts'
import { loginsOf, shut } from './shut.ts'
import { stepEnd } from './step-end.ts'
import { stepLogin } from './step-login.ts'

const BETWEEN = '_of_'

/** The source is shut for good, nothing of the move is left on either side, and the target is nobody's to empty any more. */
export async function retire(moving: Moving<PostgresqlAccess>, call: MoveCall): Promise<void> {
  const { access } = moving.from
  await call.postgresql(
    moving.to.access,
    async (outside) => {
      await keepInUse(outside, moving.to.access)
      await endRootSessions(outside, moving, 'to')
    },
    maintenance(moving.to.access)
  )
  await call.postgresql(
    access,
    (outside) => retireAt({ access, outside, call }, moving, call),
    maintenance(access)
  )
  await stepEnd(moving.to.access, call)
}

async function retireAt(place: Place, moving: Moving<PostgresqlAccess>, call: MoveCall): Promise<void> {
  const { access, outside } = place
  await shut(place, moving.logins)
  await stepEnd(place.access, call)
  await endForeignSessions(place, stepLogin(moving, 'from').name)
  for (const name of await loginsOf(outside, access.database)) {
    if (!isRetired(name)) await rename(place, name)
  }
}

/** Its comment stays, so that it goes with the resource; and so does what it owns. */
async function rename(place: Place, name: string): Promise<void> {
  const role = quoteName(name)
  const to = quoteName(retiredName(name, place.access.database))
  const { outside } = place
  await pressOutside(place, () =>
    retried(outside, () =>
      outside.transaction(async () => {
        await outside.query(`ALTER ROLE ${role} NOLOGIN`)
        await outside.query(`ALTER ROLE ${role} RENAME TO ${to}`)
      })
    )
  )
}

/**
 * Free, also when an instance comes back to a server more than once while its earlier resources are still kept there. The old name can
 * be read from it, for whoever reads in a server's log that it was refused.
 */
export function retiredName(login: string, resource: string): string {
  return `${login}${BETWEEN}${resource}`
}

/** What a login was called before its resource was retired. */
export function firstName(login: string): string {
  return login.split(BETWEEN)[0] ?? login
}

function isRetired(login: string): boolean {
  return login.includes(BETWEEN)
}
