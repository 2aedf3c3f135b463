import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { Hold, Moving } from '../../../contract/move.ts'
import type { MoveCall } from '../../../contract/ports.ts'
import { maintenance } from '../names.ts'
import type { Place } from '../place.ts'
import { checkShut } from './check-shut.ts'
import { type HeldSession, heldSession } from './held-session.ts'
import { checkLocks, lockFirmly, lockPolitely } from './lock-tables.ts'
import { refusePrepared } from './prepared.ts'
import { endForeignSessions } from './sessions.ts'
import { shut } from './shut.ts'
import { checkSnapshot, type HeldSnapshot, heldSnapshot } from './snapshot.ts'
import { stepLogin } from './step-login.ts'
import { stillAtWork } from './still-at-work.ts'

/**
 * Nobody enters, nobody is in, and every table is locked; each of the three has a hole that the others close. The order matters: a lock
 * that is waited for briefly before anything is ended lets whoever is at work finish.
 */
export function freeze(moving: Moving<PostgresqlAccess>, call: MoveCall): Promise<Hold> {
  const { access } = moving.from
  return call.postgresql(
    access,
    (outside) => freezeAt({ access, outside, call }, moving, call),
    maintenance(access)
  )
}

async function freezeAt(place: Place, moving: Moving<PostgresqlAccess>, call: MoveCall): Promise<Hold> {
  const { access, outside } = place
  await refusePrepared(outside, access.database)
  // First of all: a later attempt has shut this login out, and then nothing may be shut by this one.
  const step = stepLogin(moving, 'from')
  const locks = await heldSession(access, step, call)
  try {
    await shut(place, moving.logins, () => stillAtWork(outside, step.name))
    const isLocked = await lockPolitely(locks.session)
    await emptied(place, moving)
    const tables = await lockFirmly(locks.session, isLocked)
    await checkShut(place, moving)
    const snapshot = await heldSnapshot(moving, 'from', call)
    return hold(moving, { locks, tables, snapshot }, call)
  } catch (error) {
    await locks.end()
    throw error
  }
}

async function emptied(place: Place, moving: Moving<PostgresqlAccess>): Promise<void> {
  const left = await endForeignSessions(place, stepLogin(moving, 'from').name)
  for (const { role } of left) {
    place.call.note(`a session of the superuser ${role} stays in ${place.access.database}; the locks hold it`)
  }
  await refusePrepared(place.outside, place.access.database)
}

interface Held {
  readonly locks: HeldSession
  readonly tables: readonly number[]
  readonly snapshot: HeldSnapshot
}

function hold(moving: Moving<PostgresqlAccess>, held: Held, call: MoveCall): Hold {
  const { access } = moving.from
  let isReleased = false
  return {
    snapshot: held.snapshot.snapshot,
    async check() {
      if (isReleased) throw new ProviderFailure('unavailable', 'The freeze of the source was released.')
      await checkLocks(held.locks.session, held.tables)
      await checkSnapshot(held.snapshot)
      await call.postgresql(
        access,
        (outside) => checkShut({ access, outside, call }, moving),
        maintenance(access)
      )
    },
    async release() {
      isReleased = true
      await Promise.all([held.snapshot.end(), held.locks.end()])
    }
  }
}
