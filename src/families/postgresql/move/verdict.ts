import type { MoveDifference, Verdict, Verification } from '../../../contract/move.ts'
import { type Account, type Both, SIDES } from './account.ts'
import { byObject, differencesOf, digestOf, order, rowDifference, sameQuery } from './compare.ts'
import { unreadyTables } from './readiness.ts'
import type { Line } from './reading.ts'
import { serverNotes } from './server-facts.ts'
import type { Side } from './step-login.ts'

const SHOWN = 100

/** What the accounts of both sides come to. */
export function verdictOf(accounts: Both<Account>): Verification {
  const { from, to } = accounts
  const notes: string[] = []
  const lines = { from: byObject(from.reading.lines), to: byObject(to.reading.lines) }
  const kept = withoutInvalidIndexes(lines.from, lines.to, notes)
  const same = sameEnough(accounts, notes)
  const isUnread = unreadAnywhere(accounts)
  const differences = [
    ...differencesOf(kept, lines.to, (one, other) => isUnread(one ?? other) || same(one, other)),
    ...rowDifferences(accounts, notes),
    ...unreadyTables(to.unready, to.counted).map((name) => ({
      object: `statistics of ${name}`,
      source: 'not compared',
      target: 'none: the table was not analysed'
    }))
  ].toSorted((a, b) => order(a.object, b.object))
  const unverified = SIDES.flatMap((side) => unreadOf(accounts, side))
  return {
    verdict: verdict(differences, unverified),
    differences: differences.slice(0, SHOWN),
    different: differences.length,
    unverified: shortened(unverified),
    compared: countedByKind(accounts, lines),
    notes: shortened([...notes, ...notesOf(accounts)].toSorted(order)),
    digest: digestOf(lines.from.values(), from.counted)
  }
}

/** Texts that differ, of things that do not. From 16 on the locale of a collation is written out. */
function sameEnough(
  { from, to }: Both<Account>,
  notes: string[]
): (one: Line | undefined, other: Line | undefined) => boolean {
  const isOtherMajor = from.outline.facts.major !== to.outline.facts.major
  return (one, other) => {
    if (one === undefined || other === undefined) return false
    if (one.kind === 'order of columns') {
      notes.push(`as a dump makes it: ${one.object}, which inherits, is another at the target.`)
      return true
    }
    if (!isOtherMajor) return false
    if (one.kind === 'extension' && withoutVersion(one.text) === withoutVersion(other.text)) {
      notes.push(`of another major version: ${one.object} has another version at the target.`)
      return true
    }
    if (one.kind === 'collation') return one.text === other.text.replaceAll(/-true\b/g, '')
    return one.text.includes('"query": ') && sameQuery(one.text, other.text)
  }
}

function withoutVersion(text: string): string {
  return text.replace(/"version": "[^"]*"/, '')
}

function unreadOf(accounts: Both<Account>, side: Side): readonly string[] {
  const where = side === 'from' ? 'At the source' : 'At the target'
  return [...accounts[side].reading.unread].map(([object, why]) => `${where}, ${object}: ${why}.`)
}

/** What one side could not look at is not missing there. */
function unreadAnywhere({ from, to }: Both<Account>): (line: Line | undefined) => boolean {
  const isUnread = (what: string | undefined) =>
    what !== undefined && (from.reading.unread.has(what) || to.reading.unread.has(what))
  return (line) => isUnread(line?.object) || isUnread(line?.look)
}

/** For people, who read no thousand lines. */
function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= SHOWN) return lines
  return [...lines.slice(0, SHOWN), `And ${lines.length - SHOWN} more.`]
}

/** A difference that is known is a difference, whatever else could not be looked at. */
function verdict(differences: readonly unknown[], unverified: readonly unknown[]): Verdict {
  if (differences.length > 0) return 'different'
  return unverified.length > 0 ? 'unverifiable' : 'equal'
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
  for (const name of new Set([...from.counted.keys(), ...to.counted.keys()])) {
    const [one, other] = [from.counted.get(name), to.counted.get(name)]
    const isUnread = [from, to].some(({ reading }) => reading.unread.has(`rows of ${name}`))
    if (isUnread || (one?.rows === other?.rows && one?.hash === other?.hash)) continue
    if (name.startsWith('materialized view ') && one && other) {
      notes.push(`refreshed, not compared: ${name} holds at the target what its query says now.`)
    } else differences.push(rowDifference(name, one, other))
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

/** When there is no account of a side. */
export function notVerified(unverified: readonly string[]): Verification {
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
