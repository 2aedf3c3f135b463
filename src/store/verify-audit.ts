import { ERASURE, type LinkedRow } from './audit-chain.ts'
import {
  type AuditRow,
  type BreakLink,
  breakDigest,
  type ChainBreak,
  type ChainLink,
  isErased,
  macOf,
  personalDigests,
  type RowLink,
  rowDigest
} from './chain-link.ts'
import type { Session } from './session.ts'

export interface AuditFault {
  readonly fault: 'changed' | 'missing' | 'inserted' | 'reordered' | 'cut off' | 'key missing'
  /** `seq` of the row; absent when a whole stretch is gone. */
  readonly row?: number
  /** Its number in the chain. */
  readonly link?: number
  /** A sentence that names it. */
  readonly text: string
}

export interface AuditFinding {
  readonly faults: readonly AuditFault[]
  readonly breaks: readonly (ChainBreak & { readonly number: number; readonly at: number })[]
  /** Rows whose personal fields were erased, and that say so. */
  readonly erased: number
  readonly last: ChainLink | undefined
}

/** What is looked up beside the links themselves. */
export interface Evidence {
  keyOf(id: string): Promise<Buffer | undefined>
  rowAt(seq: number): Promise<AuditRow | undefined>
}

export function evidenceIn(
  chain: {
    keyOf(session: Session, id: string): Promise<Buffer | undefined>
    rowAt(session: Session, seq: number): Promise<AuditRow | undefined>
  },
  session: Session
): Evidence {
  return { keyOf: (id) => chain.keyOf(session, id), rowAt: (seq) => chain.rowAt(session, seq) }
}

/** Looks at links one after the other; `before` is the one in front of them. */
export async function verifyLinks(
  evidence: Evidence,
  before: ChainLink | undefined,
  linked: readonly LinkedRow[]
): Promise<AuditFinding> {
  const faults: AuditFault[] = []
  const breaks: (ChainBreak & { number: number; at: number })[] = []
  let erased = 0
  let last = before
  for (const { link, row } of linked) {
    const found = [...placeFaults(last, link), ...(await sealFaults(evidence, link, row))]
    faults.push(...found)
    if ('broken' in link) {
      if (found.length === 0) breaks.push({ ...link.broken, number: link.number, at: link.at })
    } else if (link.salt === undefined) erased++
    last = link
  }
  return { faults, breaks, erased, last }
}

/** Does it follow the one before? */
function placeFaults(last: ChainLink | undefined, link: ChainLink): AuditFault[] {
  const expected = (last?.number ?? 0) + 1
  const { number } = link
  if ('broken' in link) return breakFaults(last, link)
  if (number > expected) return [gap(last, link, expected)]
  if (link.previous !== (last?.mac ?? ''))
    return [{ fault: 'reordered', ...at(link), text: `${nameOf(link)} does not follow the link before it` }]
  if (last && link.seq <= last.floor)
    return [
      {
        fault: 'inserted',
        ...at(link),
        text: `${nameOf(link)} stands where everything was sealed long before`
      }
    ]
  return []
}

/** A break tells where the chain stood: nothing in front of it may be missing. */
function breakFaults(last: ChainLink | undefined, link: BreakLink): AuditFault[] {
  const { after } = link.broken
  if (link.previous === (last?.mac ?? '') && after?.number === (last?.number ?? 0)) return []
  const text = `between the link ${last?.number ?? 0} and ${nameOf(link)} links are missing, with the rows that they sealed`
  return [{ fault: 'missing', link: (last?.number ?? 0) + 1, text }]
}

function gap(last: ChainLink | undefined, link: RowLink, expected: number): AuditFault {
  const one = link.number - expected === 1
  const missing = one ? `the link ${expected} is` : `the links ${expected} to ${link.number - 1} are`
  const from = last && 'seq' in last ? `after the row ${last.seq}` : 'from the beginning'
  const text = `${missing} missing, with what ${one ? 'it' : 'they'} sealed: ${from}, before the row ${link.seq}`
  return { fault: 'missing', link: expected, text }
}

/** Is it what the key made it, and is the row what it was? */
async function sealFaults(
  evidence: Evidence,
  link: ChainLink,
  row: AuditRow | undefined
): Promise<AuditFault[]> {
  const key = await evidence.keyOf(link.keyId)
  if (!key) {
    const text = `${nameOf(link)} was sealed with the key "${link.keyId}", which is not there`
    return [{ fault: 'key missing', ...at(link), text }]
  }
  if (macOf(key, link) !== link.mac)
    return [{ fault: 'changed', ...at(link), text: `the link of ${nameOf(link)} was changed or forged` }]
  if ('broken' in link) {
    const isSame = breakDigest(link.broken) === link.digest
    return isSame ? [] : [{ fault: 'changed', ...at(link), text: `${nameOf(link)} was changed` }]
  }
  if (!row) return [{ fault: 'missing', ...at(link), text: `${nameOf(link)} is missing` }]
  return rowFaults(evidence, key, link, row)
}

async function rowFaults(
  evidence: Evidence,
  key: Buffer,
  link: RowLink,
  row: AuditRow
): Promise<AuditFault[]> {
  const personal = link.salt === undefined ? link.personal : personalDigests(key, link.salt, row)
  if (rowDigest(row, personal) !== link.digest)
    return [{ fault: 'changed', ...at(link), text: `${nameOf(link)} was changed` }]
  if (link.salt !== undefined) return []
  const telling = link.erasedBy === undefined ? undefined : await evidence.rowAt(link.erasedBy)
  const named = telling?.action === ERASURE ? telling.detail['rows'] : undefined
  if (isErased(row) && Array.isArray(named) && named.includes(link.seq)) return []
  const text = `personal fields of ${nameOf(link)} were changed, and no row tells that they were erased`
  return [{ fault: 'changed', ...at(link), text }]
}

function at(link: ChainLink): Pick<AuditFault, 'row' | 'link'> {
  return { ...('seq' in link ? { row: link.seq } : {}), link: link.number }
}

function nameOf(link: ChainLink): string {
  return 'seq' in link ? `the row ${link.seq} (link ${link.number})` : `the break (link ${link.number})`
}
