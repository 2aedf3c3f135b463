import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Hold, Moving, Verification } from '../../../contract/move.ts'
import type { MoveCall } from '../../../contract/ports.ts'
import { type Account, type Both, type Outline, SIDES } from './account.ts'
import { inventoryTasks } from './inventory.ts'
import { mayMend, reasonOf, runTasks, type Task, type Work } from './lanes.ts'
import { largeObjectsOf, largeObjectTasks } from './large-object-hash.ts'
import { pinnedSession, reading as readingOf } from './pinned-session.ts'
import { readinessTask } from './readiness.ts'
import { emptyReading } from './reading.ts'
import { roleMap } from './role-map.ts'
import {
  canSendRecords,
  freshSeed,
  type Hashing,
  knownVector,
  rowTasks,
  type Table,
  tablesOf
} from './row-hash.ts'
import { sequencesOf, sequenceTasks } from './sequence-values.ts'
import { serverFacts } from './server-facts.ts'
import type { Side } from './step-login.ts'
import { notVerified, verdictOf } from './verdict.ts'

/**
 * Compares the two databases by what their servers tell, in sessions of throwaway logins: whatever of a tenant is evaluated has no more
 * rights than the tenant. Believes nothing that copied.
 */
export async function verify(
  moving: Moving<PostgresqlAccess>,
  hold: Hold,
  call: MoveCall
): Promise<Verification> {
  const work = { moving, hold, call }
  await hold.check()
  const verification = await compareSides(work).catch((error: unknown) => {
    if (mayMend(error)) throw error
    return notVerified([reasonOf(error)])
  })
  // What was compared holds only if nobody was in meanwhile.
  await hold.check()
  return verification
}

async function compareSides(work: Work): Promise<Verification> {
  const outlines = await onBoth((side) => outline(work, side))
  const hashing: Hashing = {
    seed: freshSeed(),
    byText: !(outlines.from.sendsRecords && outlines.to.sendsRecords)
  }
  const vectors = await onBoth((side) =>
    pinnedSession(work.moving, side, work.call, (session) => knownVector(session, hashing))
  )
  if (vectors.from !== vectors.to) {
    return notVerified([
      'The two servers hash the same row to different numbers, so that no content can be compared.'
    ])
  }
  const accounts = await onBoth((side) => Promise.resolve(newAccount(work, side, outlines[side])))
  await readBoth(work, accounts, hashing)
  return verdictOf(accounts)
}

/** Both at the same time. When one fails, the other is waited for: nothing runs on behind our back. */
async function onBoth<T>(use: (side: Side) => Promise<T>): Promise<Both<T>> {
  const [from, to] = await Promise.allSettled([use('from'), use('to')])
  if (from.status === 'rejected') throw from.reason
  if (to.status === 'rejected') throw to.reason
  return { from: from.value, to: to.value }
}

function outline({ moving, hold, call }: Work, side: Side): Promise<Outline> {
  return pinnedSession(moving, side, call, (session) =>
    readingOf(session, side, hold, async () => ({
      facts: await serverFacts(session),
      sendsRecords: await canSendRecords(session),
      tables: await tablesOf(session),
      sequences: await sequencesOf(session),
      largeObjects: await largeObjectsOf(session)
    }))
  )
}

function newAccount({ moving }: Work, side: Side, seen: Outline): Account {
  return {
    outline: seen,
    roles: roleMap(moving, side, seen.facts.superuser),
    reading: emptyReading(),
    counted: new Map(),
    unready: new Set()
  }
}

async function readBoth(work: Work, accounts: Both<Account>, hashing: Hashing): Promise<void> {
  const wide = new Set<string>()
  const tooLarge = new Set<string>()
  const told = progress(work, accounts)
  const rowsOf = (side: Side, tables: readonly Table[]) => {
    const count = {
      seen: accounts[side].counted,
      isWide: wide,
      tooLarge: (table: Table) => tooLarge.add(table.name),
      done: told
    }
    return rowTasks(tables, hashing, count, accounts[side].reading)
  }
  await onBoth((side) => runTasks(work, side, allTasks(work, side, accounts[side], hashing, rowsOf)))
  if (tooLarge.size === 0) return
  // Both sides do the same, also the one that could have hashed whole rows.
  for (const name of tooLarge) wide.add(name)
  await onBoth((side) => {
    const tables = accounts[side].outline.tables.filter((table) => wide.has(table.name))
    return runTasks(work, side, rowsOf(side, tables))
  })
}

/** The large tables first: the rest fits beside them. */
function allTasks(
  { moving }: Work,
  side: Side,
  { outline: seen, roles, reading, unready }: Account,
  hashing: Hashing,
  rowsOf: (side: Side, tables: readonly Table[]) => readonly Task[]
): readonly Task[] {
  const logins = moving.logins.map((login) => login[side].name)
  return [
    ...rowsOf(side, seen.tables),
    ...largeObjectTasks(seen.largeObjects, hashing, reading),
    ...sequenceTasks(seen.sequences, reading),
    ...inventoryTasks(reading, roles, logins),
    ...(side === 'to' ? [readinessTask(unready, reading)] : [])
  ]
}

function progress({ moving }: Work, accounts: Both<Account>): (tables: readonly Table[]) => void {
  const all = SIDES.flatMap((side) => accounts[side].outline.tables)
  const totalBytes = all.reduce((sum, table) => sum + table.bytes, 0)
  let bytes = 0
  let objects = 0
  return (tables) => {
    bytes += tables.reduce((sum, table) => sum + table.bytes, 0)
    objects += tables.length
    const what = tables[0]?.name
    moving.told({ bytes, totalBytes, objects, totalObjects: all.length, ...(what !== undefined && { what }) })
  }
}
