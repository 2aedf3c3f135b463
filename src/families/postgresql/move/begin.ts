import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { Moving } from '../../../contract/move.ts'
import type { Call, PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { dissolve } from '../dissolve.ts'
import { maintenance } from '../names.ts'
import type { Place } from '../place.ts'
import { scramVerifier } from '../scram.ts'
import { retried } from '../sql-state.ts'
import { emptyTarget } from './empty-target.ts'
import { refuseInUse } from './in-use.ts'
import { localeOf } from './locale.ts'
import { makeRoom } from './room.ts'
import { endRootSessions, nameRootSession } from './root-sessions.ts'
import { findSteps, type StepRole, shutOutSteps } from './shut-out.ts'
import { type Side, stepLogin, stepRoleStatements } from './step-login.ts'

/**
 * Shuts out what earlier attempts left on both sides, before anything is touched: a broker that lost its lease and does not know it yet
 * writes nothing from here on. Then the target is emptied, and this attempt's logins are made.
 */
export async function begin(moving: Moving<PostgresqlAccess>, call: Call): Promise<void> {
  await fromOutside(moving, 'from', call, (from) =>
    fromOutside(moving, 'to', call, async (to) => {
      await refuseToBeLate(moving, from, to)
      await endEarlier(moving, from, to)
      const [fromSteps, toSteps] = await Promise.all([shutOutSteps(from), shutOutSteps(to)])
      await emptyTarget(moving, to, await localeOf(from.outside, from.access.database))
      await dissolveAll(from, fromSteps)
      await dissolveAll(to, toSteps)
      await makeStep(moving, 'from', from)
      await makeStep(moving, 'to', to)
      // One that looked before there was a login of this attempt.
      await endEarlier(moving, from, to)
    })
  )
}

function fromOutside<T>(
  moving: Moving<PostgresqlAccess>,
  side: Side,
  call: Call,
  use: (place: Place) => Promise<T>
): Promise<T> {
  const { access } = moving[side]
  return call.postgresql(
    access,
    async (outside) => {
      await nameRootSession(outside, moving, side)
      return use({ access, outside, call })
    },
    { ...maintenance(access), patience: 'long' }
  )
}

/** A worker that slept while another one took over must not pull the target away from under it. */
async function refuseToBeLate(moving: Moving<PostgresqlAccess>, from: Place, to: Place): Promise<void> {
  for (const [side, place] of [
    ['from', from],
    ['to', to]
  ] as const) {
    const { name } = stepLogin(moving, side)
    const stem = name.slice(0, name.lastIndexOf('_') + 1)
    const later = (await findSteps(place)).filter(
      (step) => step.name.startsWith(stem) && Number(step.name.slice(stem.length)) > moving.attempt.number
    )
    if (later.length > 0) throw new ProviderFailure('conflict', 'A later attempt of this move is at work.')
  }
  await refuseInUse(to.outside, to.access)
}

async function endEarlier(moving: Moving<PostgresqlAccess>, from: Place, to: Place): Promise<void> {
  await endRootSessions(from.outside, moving, 'from', moving.attempt.number)
  await endRootSessions(to.outside, moving, 'to', moving.attempt.number)
}

async function dissolveAll(place: Place, steps: readonly StepRole[]): Promise<void> {
  for (const { name, oid } of steps) await dissolve(place, name, oid)
}

async function makeStep(moving: Moving<PostgresqlAccess>, side: Side, { access, outside }: Place) {
  const verifier = await scramVerifier(stepLogin(moving, side))
  const logins = await standingLogins(moving, side, outside)
  await retried(outside, () =>
    outside.transaction(async () => {
      for (const statement of stepRoleStatements({ ...moving, logins }, side, verifier)) {
        await outside.query(statement)
      }
      // So that root may end its sessions when one of several fails.
      const { name } = stepLogin(moving, side)
      await outside.query(`GRANT ${quoteName(name)} TO CURRENT_USER`)
    })
  )
  await makeRoom(outside, access)
}

/** Those at the target may not have been made yet. */
export async function standingLogins(
  moving: Moving<PostgresqlAccess>,
  side: Side,
  session: PostgresqlSession
) {
  const rows = await session.query(
    `-- look which logins stand
     SELECT rolname FROM pg_roles WHERE rolname = ANY ($1::name[])`,
    [moving.logins.map((login) => login[side].name)]
  )
  const names = new Set(rows.map((row) => row['rolname']))
  return moving.logins.filter((login) => names.has(login[side].name))
}
