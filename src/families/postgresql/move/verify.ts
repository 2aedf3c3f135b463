import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Hold, MoveDifference, Moving, Verdict, Verification } from '../../../contract/move.ts'
import type { MoveCall } from '../../../contract/ports.ts'
import { byObject, differencesOf, digestOf, order, rowDifference, sameQuery } from './compare.ts'
import { inventoryTasks } from './inventory.ts'
import { mayMend, reasonOf, runTasks, type Task, type Work } from './lanes.ts'
import { largeObjectsOf, largeObjectTasks } from './large-object-hash.ts'
import { pinnedSession, reading as readingOf } from './pinned-session.ts'
import { readinessTask, unreadyTables } from './readiness.ts'
import { emptyReading, type Line, type Reading } from './reading.ts'
import { type RoleMap, roleMap } from './role-map.ts'
import {
  type Counted,
  canSendRecords,
  freshSeed,
  type Hashing,
  knownVector,
  rowTasks,
  type Table,
  tablesOf
} from './row-hash.ts'
import { sequencesOf, sequenceTasks } from './sequence-values.ts'
import { type ServerFacts, serverFacts, serverNotes } from './server-facts.ts'
import type { Side } from './step-login.ts'

const SHOWN = 100
const SIDES: readonly Side[] = ['from', 'to']

/** One side before anything is compared. */
interface Outline {
  readonly facts: ServerFacts
  readonly sendsRecords: boolean
  readonly tables: readonly Table[]
  readonly sequences: readonly string[]
  readonly largeObjects: readonly string[]
}

/** One side, read to the end. */
interface Account {
  readonly outline: Outline
  readonly roles: RoleMap
  readonly reading: Reading
  readonly counted: Map<string, Counted>
  readonly unready: Set<string>
}

type Both<T> = Readonly<Record<Side, T>>

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
  { seed }: Hashing,
  rowsOf: (side: Side, tables: readonly Table[]) => readonly Task[]
): readonly Task[] {
  const logins = moving.logins.map((login) => login[side].name)
  return [
    ...rowsOf(side, seen.tables),
    ...largeObjectTasks(seen.largeObjects, seed, reading),
    ...sequenceTasks(seen.sequences, reading),
    ...inventoryTasks(reading, roles, logins),
    ...(side === 'to' ? [readinessTask(unready, (why) => reading.unverified.push(why))] : [])
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

function verdictOf(accounts: Both<Account>): Verification {
  const { from, to } = accounts
  const notes: string[] = []
  const lines = { from: byObject(from.reading.lines), to: byObject(to.reading.lines) }
  const kept = withoutInvalidIndexes(lines.from, lines.to, notes)
  const same = sameEnough(accounts, notes)
  const differences = [
    ...differencesOf(kept, lines.to, same),
    ...rowDifferences(accounts, notes),
    ...unreadyTables(to.unready, to.counted).map((name) => ({
      object: `statistics of ${name}`,
      source: 'not compared',
      target: 'none: the table was not analysed'
    }))
  ].toSorted((a, b) => order(a.object, b.object))
  const unverified = [
    ...from.reading.unverified.map((why) => `At the source, ${why}.`),
    ...to.reading.unverified.map((why) => `At the target, ${why}.`)
  ]
  return {
    verdict: verdict(differences, unverified),
    differences: differences.slice(0, SHOWN),
    different: differences.length,
    unverified,
    compared: countedByKind(accounts, lines),
    notes: [...notes, ...notesOf(accounts)].toSorted(order),
    digest: digestOf(lines.from.values(), from.counted)
  }
}

/** Texts that differ, of things that do not. */
function sameEnough({ from, to }: Both<Account>, notes: string[]): (one: Line, other: Line) => boolean {
  const isOtherMajor = from.outline.facts.major !== to.outline.facts.major
  return (one, other) => {
    if (one.kind === 'order of columns') {
      notes.push(`as a dump makes it: ${one.object}, which inherits, is another at the target.`)
      return true
    }
    return isOtherMajor && one.text.includes('"query": ') && sameQuery(one.text, other.text)
  }
}

/** A difference that is known is a difference, whatever else could not be looked at. */
function verdict(differences: readonly unknown[], unverified: readonly unknown[]): Verdict {
  if (differences.length > 0) return 'different'
  return unverified.length > 0 ? 'unverifiable' : 'equal'
}

function notVerified(unverified: readonly string[]): Verification {
  return {
    verdict: 'unverifiable',
    differences: [],
    different: 0,
    unverified,
    compared: {},
    notes: [],
    digest: digestOf([], new Map())
  }
}

/** An index that could not be built at the source is in no dump: what it is worth is nothing. */
function withoutInvalidIndexes(
  from: ReadonlyMap<string, Line>,
  to: ReadonlyMap<string, Line>,
  notes: string[]
): ReadonlyMap<string, Line> {
  const kept = new Map(from)
  for (const [object, line] of from) {
    if (line.kind !== 'index' || to.has(object) || !line.text.includes('"invalid": true')) continue
    kept.delete(object)
    notes.push(`left out: ${object} was invalid at the source.`)
  }
  return kept
}

function rowDifferences({ from, to }: Both<Account>, notes: string[]): readonly MoveDifference[] {
  const differences: MoveDifference[] = []
  const unverified = [...from.reading.unverified, ...to.reading.unverified]
  for (const name of new Set([...from.counted.keys(), ...to.counted.keys()])) {
    const [one, other] = [from.counted.get(name), to.counted.get(name)]
    if (one?.rows === other?.rows && one?.hash === other?.hash) continue
    const isUnread = unverified.some((why) => why.startsWith(`rows of ${name}: `))
    if (isUnread) continue
    const isMaterialized = name.startsWith('materialized view ')
    if (isMaterialized && one !== undefined && other !== undefined) {
      notes.push(`refreshed, not compared: ${name} holds at the target what its query says now.`)
      continue
    }
    differences.push(rowDifference(name, one, other))
  }
  return differences
}

function notesOf({ from, to }: Both<Account>): readonly string[] {
  const strangers = new Set([...from.roles.strangers(), ...to.roles.strangers()])
  return [
    ...from.reading.notes,
    ...to.reading.notes,
    ...serverNotes(from.outline.facts, to.outline.facts),
    ...[...strangers].map((name) => `role ${name}: not of this instance, compared by its name.`)
  ]
}

/** Of both sides together, so that nothing that only one has is left out. */
function countedByKind(
  { from, to }: Both<Account>,
  lines: Both<ReadonlyMap<string, Line>>
): Readonly<Record<string, number>> {
  const kinds = new Map<string, number>()
  const add = (kind: string) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  for (const line of new Map([...lines.to, ...lines.from]).values()) add(line.kind)
  for (const _ of new Set([...from.counted.keys(), ...to.counted.keys()])) add('content of tables')
  return Object.fromEntries([...kinds].toSorted(([a], [b]) => order(a, b)))
}
