import { createHmac, hash, randomBytes } from 'node:crypto'
import type { Json, JsonObject } from '../contract/json.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import type { ChainHead } from '../domain/checkpoint.ts'
import type { AuditEntry } from './audit.ts'
import type { Numbered } from './page.ts'

export type AuditRow = AuditEntry & Numbered

/** What an operator confirmed: the links after `after` up to the one that was `seen` are lost with the store that had them. */
export interface ChainBreak {
  readonly after: ChainHead
  readonly seen: ChainHead
}

interface AnyLink extends ChainHead {
  readonly keyId: string
  /** The mac of the link before. */
  readonly previous: string
  readonly digest: string
  /** Rows up to this `seq` are all sealed by now: one that turns up later was not written by a broker. */
  readonly floor: number
}

export interface RowLink extends AnyLink {
  readonly seq: number
  /** Absent after the personal fields of the row were erased. */
  readonly salt?: string
  /** Keyed digests of the personal fields, by name. */
  readonly personal: Readonly<Record<string, string>>
  /** The row that tells of the erasure. */
  readonly erasedBy?: number
}

export interface BreakLink extends AnyLink {
  readonly broken: ChainBreak
}

export type ChainLink = RowLink | BreakLink

/** What stands in place of an erased value. */
const ERASED = '(erased)'

const OPERATOR = 'operator:'
/** Of `detail`. */
const PERSONAL = ['app', 'login', 'logins', 'organization', 'space', 'username']

/** Names and values of what a row says about persons. */
function personalFields({ actor, identity, detail }: AuditRow): readonly (readonly [string, Json])[] {
  const inDetail = PERSONAL.flatMap((name) => {
    const value = Object.hasOwn(detail, name) ? detail[name] : undefined
    return value === undefined || value === null ? [] : [[`detail.${name}`, value] as const]
  })
  return [
    ...(actor.startsWith(OPERATOR) ? [['actor', actor.slice(OPERATOR.length)] as const] : []),
    ...(identity === undefined ? [] : [['identity', identity] as const]),
    ...inDetail
  ]
}

/** The row without what it says about persons. */
export function erased(row: AuditRow): Pick<AuditRow, 'actor' | 'identity' | 'detail'> {
  const names = new Set(personalFields(row).map(([name]) => name))
  const detail = Object.fromEntries(
    Object.entries(row.detail).map(([name, value]) => [name, names.has(`detail.${name}`) ? ERASED : value])
  )
  return {
    actor: names.has('actor') ? OPERATOR + ERASED : row.actor,
    ...(names.has('identity') ? { identity: ERASED } : {}),
    detail
  }
}

/** Nothing is left that is personal. */
export function isErased(row: AuditRow): boolean {
  return personalFields(row).every(([, value]) => value === ERASED)
}

/** The salt makes a digest useless to whoever wants to try names, even with the key, once it is gone. */
export function personalDigests(key: Buffer, salt: string, row: AuditRow): Record<string, string> {
  return Object.fromEntries(
    personalFields(row).map(([name, value]) => [
      name,
      createHmac('sha256', key)
        .update(JSON.stringify(['personal', salt, row.seq, name]))
        .update(canonicalJson(value))
        .digest('base64url')
    ])
  )
}

const SALT = 16

/** So many at once: asking for each alone costs as much as everything else. */
export function newSalts(count: number): string[] {
  const bytes = randomBytes(SALT * count)
  return Array.from({ length: count }, (_, index) =>
    bytes.toString('base64url', SALT * index, SALT * (index + 1))
  )
}

/** Over everything that the row says; its personal fields by their digests. */
export function rowDigest(row: AuditRow, personal: Readonly<Record<string, string>>): string {
  const { seq, at, platform, action, subject, operation = null, request = null } = row
  const actor = row.actor.startsWith(OPERATOR) ? OPERATOR : row.actor
  const detail: JsonObject = Object.fromEntries(
    Object.entries(row.detail).filter(([name]) => !Object.hasOwn(personal, `detail.${name}`))
  )
  const said = [canonicalJson(detail), canonicalJson(personal)]
  return sha256(JSON.stringify([seq, at, platform, actor, action, subject, operation, request, ...said]))
}

export function breakDigest(broken: ChainBreak): string {
  return sha256(canonicalJson(broken as unknown as JsonObject))
}

function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** What makes a link one of this chain, at this place. */
export function macOf(key: Buffer, link: Omit<RowLink, 'mac'> | Omit<BreakLink, 'mac'>): string {
  const { number, keyId, previous, digest, floor, at } = link
  const of = 'broken' in link ? 'break' : link.seq
  return createHmac('sha256', key)
    .update(JSON.stringify(['link', number, keyId, previous, digest, floor, at, of]))
    .digest('base64url')
}
