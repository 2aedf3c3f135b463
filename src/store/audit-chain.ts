import type { JsonObject } from '../contract/json.ts'
import { type ChainHead, NO_HEAD } from '../domain/checkpoint.ts'
import { type AuditEntry, auditRow, columnsOf } from './audit.ts'
import {
  type AuditRow,
  type BreakLink,
  breakDigest,
  type ChainBreak,
  type ChainLink,
  erased,
  macOf,
  newSalts,
  personalDigests,
  type RowLink,
  rowDigest
} from './chain-link.ts'
import { maybeText, maybeWhole, object, present, text, whole } from './columns.ts'
import { CannotOpen, type Seal } from './seal.ts'
import type { Row, Session, SqlParameter } from './session.ts'
import type { settingTable } from './settings.ts'

const TABLE = 'audit_chain'
/** What the keys of links are derived for. */
export const AUDIT_PURPOSE = 'audit'
const ROWS_AT_ONCE = 50
const COLUMNS =
  'number, audit_seq, key_id, previous, digest, mac, floor, at, salt, personal, erased_by, break_json'.split(
    ', '
  )

export interface Head extends ChainHead {
  readonly floor: number
}

/** A link with the row that it seals, as both lie there now. */
export interface LinkedRow {
  readonly link: ChainLink
  /** Absent: somebody took it away. */
  readonly row?: AuditRow
}

/** The chain over the audit rows. Its keys derive from those of the ring and are not in the database. */
export function auditChainTable(seal: Seal, settings: ReturnType<typeof settingTable>) {
  const keys = new Map<string, Buffer>()

  /** Of links, by the id of the ring's key. One that left the ring was kept, sealed, when everything was sealed anew. */
  async function keyOf(session: Session, id: string): Promise<Buffer | undefined> {
    const known = keys.get(id) ?? seal.derived(id, AUDIT_PURPOSE)
    const kept = known ? undefined : await settings.get(session, settingOf(id))
    const key = known ?? (kept === undefined ? undefined : openKept(seal, id, kept))
    if (key) keys.set(id, key)
    return key
  }

  function currentKey(): Buffer {
    const key = seal.derived(seal.keyId, AUDIT_PURPOSE)
    if (!key) throw new CannotOpen('there is no key to seal the audit with')
    return key
  }

  async function head(session: Session): Promise<Head> {
    const [row] = await session.read(
      `select number, mac, at, floor from ${TABLE} order by number desc limit 1`
    )
    return row ? headOf(row) : { ...NO_HEAD, floor: 0 }
  }

  async function linkAt(session: Session, number: number): Promise<ChainLink | undefined> {
    const [row] = await session.read(`select * from ${TABLE} where number = ?`, [number])
    return row && linkOf(row)
  }

  return {
    keyOf,
    head,
    linkAt,

    /** Committed rows above the floor that no link seals yet, in the order of their numbers. */
    async unsealed(session: Session, floor: number, limit: number): Promise<AuditRow[]> {
      const rows = await session.read(
        `select * from audit a where a.seq > ? and not exists (select 1 from ${TABLE} c where c.audit_seq = a.seq)
          order by a.seq limit ?`,
        [floor, limit]
      )
      return rows.map(auditRow)
    },

    /** Rows that no link seals although all of their time are sealed: nobody but a stranger could have written them so late. */
    async inserted(session: Session, floor: number, limit: number): Promise<AuditRow[]> {
      const rows = await session.read(
        `select * from audit a where a.seq <= ? and not exists (select 1 from ${TABLE} c where c.audit_seq = a.seq)
          order by a.seq limit ?`,
        [floor, limit]
      )
      return rows.map(auditRow)
    },

    async countUnsealed(session: Session, floor: number): Promise<number> {
      const [row] = await session.read(
        `select count(*) as n from audit a where a.seq > ?
          and not exists (select 1 from ${TABLE} c where c.audit_seq = a.seq)`,
        [floor]
      )
      return row ? whole(row, 'n') : 0
    },

    /** Links them after the head; the last one carries the new floor. Answers the new head. */
    async append(
      session: Session,
      after: Head,
      rows: readonly AuditRow[],
      { at, floor }: { readonly at: number; readonly floor: number }
    ): Promise<Head> {
      const key = currentKey()
      let last = after
      const salts = newSalts(rows.length)
      const links = rows.map((row, index) => {
        const isLast = index === rows.length - 1
        const link = rowLink(key, last, row, {
          keyId: seal.keyId,
          salt: salts[index] ?? '',
          at,
          floor: isLast ? floor : after.floor
        })
        last = link
        return link
      })
      for (let from = 0; from < links.length; from += ROWS_AT_ONCE)
        insertLinks(session, links.slice(from, from + ROWS_AT_ONCE))
      return last
    },

    /** Goes on after what is lost: its number is above all that were ever seen. */
    async appendBreak(session: Session, after: Head, broken: ChainBreak, at: number): Promise<BreakLink> {
      const draft = {
        number: Math.max(after.number, broken.seen.number) + 1,
        keyId: seal.keyId,
        previous: after.mac,
        digest: breakDigest(broken),
        floor: after.floor,
        at,
        broken
      }
      const link = { ...draft, mac: macOf(currentKey(), draft) }
      insertLinks(session, [link])
      return link
    },

    /** The last break, if it is a true one. */
    async lastBreak(session: Session): Promise<BreakLink | undefined> {
      const [row] = await session.read(
        `select * from ${TABLE} where break_json is not null order by number desc limit 1`
      )
      const link = row && linkOf(row)
      if (!link || !('broken' in link)) return undefined
      const key = await keyOf(session, link.keyId)
      const isTrue = key !== undefined && macOf(key, link) === link.mac
      return isTrue && breakDigest(link.broken) === link.digest ? link : undefined
    },

    /** In the order of the chain, after that number. */
    async page(session: Session, after: number, limit: number): Promise<LinkedRow[]> {
      const rows = await session.read(
        `select c.number, c.audit_seq, c.key_id, c.previous, c.digest, c.mac, c.floor, c.at as sealed_at, c.salt,
            c.personal, c.erased_by, c.break_json, a.seq, a.at, a.platform, a.actor, a.identity, a.action, a.subject,
            a.operation, a.request, a.detail
          from ${TABLE} c left join audit a on a.seq = c.audit_seq where c.number > ? order by c.number limit ?`,
        [after, limit]
      )
      return rows.map((row) => ({
        link: linkOf(row, 'sealed_at'),
        ...(row['seq'] === null ? {} : { row: auditRow(row) })
      }))
    },

    async rowAt(session: Session, seq: number): Promise<AuditRow | undefined> {
      const [row] = await session.read('select * from audit where seq = ?', [seq])
      return row && auditRow(row)
    },

    /**
     * Takes out of sealed rows what they say about persons. The chain still holds: it is over digests, which nobody can compare
     * with a name any more. The row that tells of it is written here.
     */
    async erasePersonal(session: Session, seqs: readonly number[], telling: AuditEntry): Promise<void> {
      const entry = { ...telling, action: ERASURE, detail: { ...telling.detail, rows: seqs } }
      const columns = columnsOf(entry)
      const { rows } = await session.write(
        `insert into audit (${Object.keys(columns).join(', ')})
          values (${Object.keys(columns)
            .map(() => '?')
            .join(', ')}) returning seq`,
        Object.values(columns)
      )
      const by = rows[0] ? whole(rows[0], 'seq') : 0
      for (const seq of seqs) {
        const { changes } = await session.write(
          `update ${TABLE} set salt = null, erased_by = ? where audit_seq = ?`,
          [by, seq]
        )
        const [row] = await session.read('select * from audit where seq = ?', [seq])
        if (changes === 0 || !row) throw new Error(`the audit row ${seq} is not sealed yet`)
        const { actor, identity = null, detail } = erased(auditRow(row))
        await session.write('update audit set actor = ?, identity = ?, detail = ? where seq = ?', [
          actor,
          identity,
          JSON.stringify(detail),
          seq
        ])
      }
    },

    /** Those that were kept, by id, still sealed. */
    async keptKeys(session: Session): Promise<Record<string, string>> {
      const rows = await session.read("select name, value from settings where name like 'audit key %'")
      return Object.fromEntries(
        rows.map((row) => [text(row, 'name').slice(settingOf('').length), text(row, 'value')])
      )
    },

    /** Keys of links that may leave the ring soon, sealed with the one that stays. */
    async keepKeys(session: Session): Promise<void> {
      const rows = await session.read(`select distinct key_id from ${TABLE} where key_id <> ?`, [seal.keyId])
      for (const id of rows.map((row) => text(row, 'key_id'))) {
        const key = await keyOf(session, id)
        if (key) await settings.set(session, settingOf(id), seal.seal(placeOf(id), key.toString('base64')))
      }
    }
  }
}

/** A key that was kept when it left the ring; undefined when no key of the ring opens it. */
export function openKept(seal: Seal, id: string, kept: string): Buffer | undefined {
  try {
    return Buffer.from(seal.open(placeOf(id), kept), 'base64')
  } catch {
    return undefined
  }
}

/** `action` of the row that tells which rows were erased, in `detail.rows`. */
export const ERASURE = 'erase personal fields'

function rowLink(
  key: Buffer,
  last: ChainHead,
  row: AuditRow,
  { keyId, salt, at, floor }: Pick<RowLink, 'keyId' | 'at' | 'floor'> & { readonly salt: string }
): RowLink {
  const personal = personalDigests(key, salt, row)
  const draft = {
    number: last.number + 1,
    keyId,
    previous: last.mac,
    digest: rowDigest(row, personal),
    floor,
    at,
    seq: row.seq,
    salt,
    personal
  }
  return { ...draft, mac: macOf(key, draft) }
}

function insertLinks(session: Session, links: readonly ChainLink[]): void {
  const one = `(${COLUMNS.map(() => '?').join(', ')})`
  session.queue(
    `insert into ${TABLE} (${COLUMNS.join(', ')}) values ${links.map(() => one).join(', ')}`,
    links.flatMap(valuesOf)
  )
}

function valuesOf(link: ChainLink): SqlParameter[] {
  const { number, keyId, previous, digest, mac, floor, at } = link
  const isBreak = 'broken' in link
  return [
    number,
    isBreak ? null : link.seq,
    keyId,
    previous,
    digest,
    mac,
    floor,
    at,
    isBreak ? null : (link.salt ?? null),
    isBreak ? null : JSON.stringify(link.personal),
    isBreak ? null : (link.erasedBy ?? null),
    isBreak ? JSON.stringify(link.broken) : null
  ]
}

function headOf(row: Row): Head {
  return {
    number: whole(row, 'number'),
    mac: text(row, 'mac'),
    at: whole(row, 'at'),
    floor: whole(row, 'floor')
  }
}

function linkOf(row: Row, at = 'at'): ChainLink {
  const common = {
    number: whole(row, 'number'),
    keyId: text(row, 'key_id'),
    previous: text(row, 'previous'),
    digest: text(row, 'digest'),
    mac: text(row, 'mac'),
    floor: whole(row, 'floor'),
    at: whole(row, at)
  }
  const broken = maybeText(row, 'break_json')
  if (broken !== undefined) return { ...common, broken: parsed(broken) as unknown as ChainBreak }
  return present<RowLink>({
    ...common,
    seq: whole(row, 'audit_seq'),
    salt: maybeText(row, 'salt'),
    personal: parsed(maybeText(row, 'personal')) as Record<string, string>,
    erasedBy: maybeWhole(row, 'erased_by')
  })
}

/** What is no JSON any more stands for nothing; the digest will not fit. */
function parsed(json = '{}'): JsonObject {
  try {
    return object(json)
  } catch {
    return {}
  }
}

function settingOf(keyId: string): string {
  return `audit key ${keyId}`
}

function placeOf(keyId: string) {
  return { table: 'settings', column: 'value', row: settingOf(keyId) }
}
