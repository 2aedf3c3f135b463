import type { ChainHead } from '../../domain/checkpoint.ts'
import { isBehind } from '../../store/recovery.ts'
import type { Session } from '../../store/session.ts'
import { type AuditFault, evidenceIn, verifyLinks } from '../../store/verify-audit.ts'
import type { OperatorDeps } from './deps.ts'
import type { PageRequest } from './page.ts'
import { timeOf } from './time.ts'

export interface HeadView {
  readonly number: number
  readonly mac: string
  readonly at: string
}

/** One stretch of the chain, looked at. */
export interface VerifiedPage {
  readonly links: number
  readonly faults: readonly AuditFault[]
  /** Where an operator confirmed that a stretch is lost with the store that had it. */
  readonly breaks: readonly BreakView[]
  /** Rows whose personal fields were erased, and that say so. */
  readonly erased: number
  /** Absent at the end. */
  readonly next?: number
  /** Only at the end. */
  readonly end?: {
    readonly head: HeadView
    /** Committed rows that wait to be sealed. */
    readonly unsealed: number
    readonly witnesses: readonly WitnessView[]
  }
}

export interface BreakView {
  readonly link: number
  readonly at: string
  readonly after: number
  readonly seen: number
}

export interface WitnessView {
  readonly name: string
  /** What it has seen last; absent when nothing was kept there, or it cannot be asked. */
  readonly seen?: HeadView
  readonly text: string
}

const INSERTED_AT_ONCE = 100

/** Recomputes every seal after that link, and at the end compares the head with what lies outside the store. */
export async function verifyAudit(
  deps: OperatorDeps,
  { after = 0, limit }: PageRequest
): Promise<VerifiedPage> {
  const { store, audit } = deps
  if (after === 0) await audit.look()
  const page = await store.database.read(async (session) => {
    const before = after === 0 ? undefined : await store.auditChain.linkAt(session, after)
    const linked = await store.auditChain.page(session, after, limit)
    const found = await verifyLinks(evidenceIn(store.auditChain, session), before, linked)
    return { ...found, links: linked.length }
  })
  const { links, faults, erased, last } = page
  const breaks = page.breaks.map((each) => ({
    link: each.number,
    at: timeOf(each.at),
    after: each.after.number,
    seen: each.seen.number
  }))
  if (links === limit && last) return { links, faults, breaks, erased, next: last.number }
  const end = await theEnd(deps)
  return { links, faults: [...faults, ...end.faults], breaks, erased, end: end.view }
}

async function theEnd(deps: OperatorDeps) {
  const { store, audit } = deps
  const asked = await Promise.all(deps.witnesses.map((witness) => ask(deps, witness)))
  const reason = audit.reason()
  const seen = [
    ...asked.flatMap(({ name, head }) => (head ? [{ name, head }] : [])),
    ...(reason ? [{ name: reason.witness, head: reason.seen }] : [])
  ]
  return store.database.read(async (session) => {
    const head = await store.auditChain.head(session)
    const inserted = await store.auditChain.inserted(session, head.floor, INSERTED_AT_ONCE)
    const cut = []
    for (const each of seen) cut.push(...(await cutOff(deps, session, head, each)))
    const unsealed = await store.auditChain.countUnsealed(session, head.floor)
    return {
      faults: [...inserted.map(({ seq }) => insertedFault(seq)), ...unlikeEachOther(cut)],
      view: { head: headView(head), unsealed, witnesses: asked.map(({ view }) => view) }
    }
  })
}

function insertedFault(seq: number): AuditFault {
  return {
    fault: 'inserted',
    row: seq,
    text: `the row ${seq} has no link, and everything of its time was sealed long ago: it was inserted, or its link was taken away`
  }
}

interface Asked {
  readonly name: string
  readonly head?: ChainHead
  readonly view: WitnessView
}

async function ask(
  { brokerId }: OperatorDeps,
  { name, read }: OperatorDeps['witnesses'][number]
): Promise<Asked> {
  try {
    const checkpoint = await read()
    if (checkpoint === undefined) return { name, view: { name, text: 'nothing was kept there yet' } }
    const seen = headView(checkpoint)
    if (checkpoint.broker !== brokerId)
      return { name, view: { name, seen, text: `it is of another broker, ${checkpoint.broker}` } }
    return { name, head: checkpoint, view: { name, seen, text: `saw the link ${seen.number}` } }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { name, view: { name, text: `cannot be asked: ${why}` } }
  }
}

async function cutOff(
  { store }: OperatorDeps,
  session: Session,
  head: ChainHead,
  { name, head: seen }: { readonly name: string; readonly head: ChainHead }
): Promise<AuditFault[]> {
  if (!(await isBehind(store, session, seen))) return []
  if (seen.number <= head.number) {
    const text = `the link ${seen.number} is not the one that ${name} saw at ${timeOf(seen.at)}: the chain was made anew, or an older store was restored`
    return [{ fault: 'changed', link: seen.number, text }]
  }
  const last = await store.auditChain.linkAt(session, head.number)
  const row = last && 'seq' in last ? ` (row ${last.seq})` : ''
  const text = `the chain ends with the link ${head.number}${row}, but ${name} saw the link ${seen.number} at ${timeOf(seen.at)}: what came after is cut off, or an older store was restored`
  return [{ fault: 'cut off', link: head.number + 1, text }]
}

/** Two witnesses of one thing tell it once. */
function unlikeEachOther(faults: readonly AuditFault[]): AuditFault[] {
  return faults.filter(({ text }, index) => faults.findIndex((each) => each.text === text) === index)
}

export function headView({ number, mac, at }: ChainHead): HeadView {
  return { number, mac, at: timeOf(at) }
}
