import type { Switch, SwitchState } from '../domain/switch.ts'
import { maybeText, maybeWhole, present, text, whole, yes } from './columns.ts'
import { insert, update } from './insert.ts'
import { type Numbered, type Paging, page } from './page.ts'
import type { Row, Session } from './session.ts'

const TABLE = 'switches'

export type SwitchChange = Partial<
  Pick<
    Switch,
    | 'go'
    | 'progress'
    | 'examination'
    | 'figures'
    | 'verification'
    | 'reason'
    | 'receipt'
    | 'retrievalUntil'
    | 'erasure'
    | 'erasureReceipt'
    | 'endedAt'
  >
>

export interface SwitchFilter extends Paging {
  readonly platform?: string
  /** Our id. */
  readonly instance?: string
  readonly state?: SwitchState
  readonly kind?: Switch['kind']
}

/** Moves of instances; the core's own record of them, kept for ever. */
export function switchTable() {
  async function byId(session: Session, id: string): Promise<Switch | undefined> {
    const [row] = await session.read(`select * from ${TABLE} where id = ?`, [id])
    return row && fromRow(row)
  }

  return {
    byId,

    async insert(session: Session, record: Switch): Promise<void> {
      insert(session, TABLE, {
        id: record.id,
        kind: record.kind,
        state: record.state,
        platform: record.platform,
        instance: record.instance,
        from_resource: record.fromResource,
        to_resource: record.toResource,
        from_json: JSON.stringify(record.from),
        to_json: JSON.stringify(record.to),
        directive_json: JSON.stringify(record.directive),
        go: record.go ? 1 : 0,
        timeline_json: JSON.stringify(record.timeline),
        created_at: record.createdAt
      })
    },

    /** Enters a state, if it is not in it already, and keeps what belongs to it. */
    async enter(
      session: Session,
      id: string,
      state: SwitchState,
      at: number,
      change: SwitchChange = {}
    ): Promise<void> {
      const record = await byId(session, id)
      if (!record) return
      if (record.state !== state) {
        const timeline = [...record.timeline, { state, at }]
        // What was told of the state before says nothing of this one.
        update(session, TABLE, id, { state, timeline_json: JSON.stringify(timeline), progress_json: null })
      }
      update(session, TABLE, id, columns(change))
    },

    async change(session: Session, id: string, change: SwitchChange): Promise<void> {
      update(session, TABLE, id, columns(change))
    },

    /** The newest first. */
    async list(session: Session, filter: SwitchFilter): Promise<(Switch & Numbered)[]> {
      const { platform, instance, state, kind } = filter
      const rows = await page(session, TABLE, { platform, instance, state, kind }, filter)
      return rows.map((row) => ({ ...fromRow(row), seq: whole(row, 'seq') }))
    },

    /** The completed switch that left this resource behind. */
    async leaving(session: Session, resource: string): Promise<Switch | undefined> {
      const [row] = await session.read(
        `select * from ${TABLE} where from_resource = ? and state = 'completed' order by seq desc limit 1`,
        [resource]
      )
      return row && fromRow(row)
    }
  }
}

function columns(change: SwitchChange) {
  return {
    go: change.go === undefined ? undefined : change.go ? 1 : 0,
    progress_json: json(change.progress),
    examination_json: json(change.examination),
    figures_json: json(change.figures),
    verification_json: json(change.verification),
    reason: change.reason,
    receipt: change.receipt,
    retrieval_until: change.retrievalUntil,
    erasure_json: json(change.erasure),
    erasure_receipt: change.erasureReceipt,
    ended_at: change.endedAt
  }
}

function json(value: object | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

function parsed(row: Row, column: string) {
  const held = maybeText(row, column)
  return held === undefined ? undefined : JSON.parse(held)
}

function fromRow(row: Row): Switch {
  return present<Switch>({
    id: text(row, 'id'),
    kind: text(row, 'kind') as Switch['kind'],
    state: text(row, 'state') as SwitchState,
    platform: text(row, 'platform'),
    instance: text(row, 'instance'),
    fromResource: text(row, 'from_resource'),
    toResource: text(row, 'to_resource'),
    from: parsed(row, 'from_json'),
    to: parsed(row, 'to_json'),
    directive: parsed(row, 'directive_json'),
    go: yes(row, 'go'),
    timeline: parsed(row, 'timeline_json'),
    progress: parsed(row, 'progress_json'),
    examination: parsed(row, 'examination_json'),
    figures: parsed(row, 'figures_json'),
    verification: parsed(row, 'verification_json'),
    reason: maybeText(row, 'reason'),
    receipt: maybeText(row, 'receipt'),
    retrievalUntil: maybeWhole(row, 'retrieval_until'),
    erasure: parsed(row, 'erasure_json'),
    erasureReceipt: maybeText(row, 'erasure_receipt'),
    createdAt: whole(row, 'created_at'),
    endedAt: maybeWhole(row, 'ended_at')
  })
}
