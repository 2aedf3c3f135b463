import type { OperationKind, OperationState } from '../domain/operation.ts'
import { maybeText, maybeWhole, present, text, whole } from './columns.ts'
import type { Row, Session } from './session.ts'

/** What last_operation tells: one indexed read, nothing sealed is opened. */
export interface Poll {
  readonly kind: OperationKind
  readonly state: OperationState
  readonly description?: string
  readonly instanceUsable?: boolean
  readonly updateRepeatable?: boolean
  readonly dueAt: number
}

const COLUMNS = 'o.kind, o.state, o.description, o.instance_usable, o.update_repeatable, o.due_at'

/** `unknown`: never seen. `forgotten`: it was there once and its operation is no longer kept. */
export type PollAnswer = Poll | 'unknown' | 'forgotten'

export function pollTable() {
  return {
    /** The last operation of an instance, or the one that a token names. */
    async ofInstance(
      session: Session,
      platform: string,
      osbId: string,
      token: string | undefined
    ): Promise<PollAnswer> {
      if (token !== undefined) {
        const [named] = await session.read(
          `select ${COLUMNS} from operations o join instances i on i.id = o.instance
            where o.id = ? and i.platform = ? and i.osb_id = ? and o.binding is null`,
          [token, platform, osbId]
        )
        if (named) return fromRow(named)
      }
      const [last] = await session.read(
        `select ${COLUMNS} from instances i left join operations o on o.id = i.operation
          where i.platform = ? and i.osb_id = ? order by i.seq desc limit 1`,
        [platform, osbId]
      )
      return answerOf(last)
    },

    async ofBinding(
      session: Session,
      platform: string,
      instanceId: string,
      osbId: string,
      token: string | undefined
    ): Promise<PollAnswer> {
      if (token !== undefined) {
        const [named] = await session.read(
          `select ${COLUMNS} from operations o join bindings b on b.id = o.binding join instances i on i.id = b.instance
            where o.id = ? and i.platform = ? and i.osb_id = ? and b.osb_id = ?`,
          [token, platform, instanceId, osbId]
        )
        if (named) return fromRow(named)
      }
      const [last] = await session.read(
        `select ${COLUMNS} from bindings b join instances i on i.id = b.instance
          left join operations o on o.id = b.operation
          where i.platform = ? and i.osb_id = ? and b.osb_id = ? order by b.seq desc limit 1`,
        [platform, instanceId, osbId]
      )
      return answerOf(last)
    }
  }
}

function answerOf(row: Row | undefined): PollAnswer {
  if (!row) return 'unknown'
  return row['state'] === null ? 'forgotten' : fromRow(row)
}

function fromRow(row: Row): Poll {
  const usable = maybeWhole(row, 'instance_usable')
  const repeatable = maybeWhole(row, 'update_repeatable')
  return present<Poll>({
    kind: text(row, 'kind') as OperationKind,
    state: text(row, 'state') as OperationState,
    description: maybeText(row, 'description'),
    instanceUsable: usable === undefined ? undefined : usable === 1,
    updateRepeatable: repeatable === undefined ? undefined : repeatable === 1,
    dueAt: whole(row, 'due_at')
  })
}
