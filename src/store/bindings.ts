import type { Grant } from '../contract/adapter.ts'
import type { View } from '../contract/family.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Binding, BindingState } from '../domain/binding.ts'
import { maybeText, maybeWhole, object, present, text, whole } from './columns.ts'
import { insert, update } from './insert.ts'
import type { Seal } from './seal.ts'
import type { Row, Session } from './session.ts'

const TABLE = 'bindings'

export interface BindingChange {
  readonly state?: BindingState
  readonly login?: string
  readonly grant?: Grant
  readonly answer?: JsonObject
  readonly operation?: string
  readonly expiresAt?: number
  readonly renewBefore?: number
  readonly deletedAt?: number
}

export function bindingTable(seal: Seal) {
  const place = (column: string, row: string) => ({ table: TABLE, column, row })

  function opened(row: Row, column: string): string | undefined {
    const sealed = maybeText(row, column)
    return sealed === undefined ? undefined : seal.open(place(column, text(row, 'id')), sealed)
  }

  function fromRow(row: Row): Binding {
    const id = text(row, 'id')
    const grant = opened(row, 'sealed_grant')
    const answer = opened(row, 'sealed_answer')
    return present<Binding>({
      id,
      instance: text(row, 'instance'),
      osbId: text(row, 'osb_id'),
      state: text(row, 'state') as BindingState,
      serviceId: text(row, 'service_id'),
      planId: text(row, 'plan_id'),
      requestHash: text(row, 'request_hash'),
      parameters: object(opened(row, 'sealed_parameters') ?? '{}'),
      login: text(row, 'login'),
      seed: opened(row, 'sealed_seed') ?? '',
      grant: grant === undefined ? undefined : (JSON.parse(grant) as Grant),
      answer: answer === undefined ? undefined : object(answer),
      view: text(row, 'view') as View,
      app: text(row, 'app'),
      predecessor: maybeText(row, 'predecessor'),
      operation: text(row, 'operation'),
      expiresAt: maybeWhole(row, 'expires_at'),
      renewBefore: maybeWhole(row, 'renew_before'),
      createdAt: whole(row, 'created_at')
    })
  }

  return {
    async byId(session: Session, id: string): Promise<Binding | undefined> {
      const [row] = await session.read(`select * from ${TABLE} where id = ?`, [id])
      return row && fromRow(row)
    },

    /** The living one under a platform's id, else the last that lived. */
    async find(session: Session, instance: string, osbId: string): Promise<Binding | undefined> {
      const [row] = await session.read(
        `select * from ${TABLE} where instance = ? and osb_id = ? order by seq desc limit 1`,
        [instance, osbId]
      )
      return row && fromRow(row)
    },

    async living(session: Session, instance: string): Promise<Binding[]> {
      const rows = await session.read(
        `select * from ${TABLE} where instance = ? and deleted_at is null order by seq`,
        [instance]
      )
      return rows.map(fromRow)
    },

    /** Takes those whose time is over; each is answered to one caller only. */
    /** Those of an instance that is moving wait for the end of it, so that its logins stay the ones that it moves. */
    async takeExpired(session: Session): Promise<Binding[]> {
      const { rows } = await session.write(
        `update ${TABLE} set state = 'expired' where state = 'bound' and expires_at is not null and expires_at <= :now
            and not exists (select 1 from instances i join operations o on o.id = i.operation
              where i.id = ${TABLE}.instance and o.kind = 'switch' and o.state = 'in progress')
          returning *`
      )
      return rows.map(fromRow)
    },

    /** `request`: the text that "the same request" is decided on. */
    async insert(session: Session, binding: Binding, request: string): Promise<void> {
      const { id } = binding
      insert(session, TABLE, {
        id,
        instance: binding.instance,
        osb_id: binding.osbId,
        state: binding.state,
        service_id: binding.serviceId,
        plan_id: binding.planId,
        request_hash: seal.hash(request),
        sealed_request: seal.seal(place('sealed_request', id), request),
        sealed_parameters: seal.seal(place('sealed_parameters', id), JSON.stringify(binding.parameters)),
        login: binding.login,
        sealed_seed: seal.seal(place('sealed_seed', id), binding.seed),
        view: binding.view,
        app: binding.app,
        predecessor: binding.predecessor ?? null,
        operation: binding.operation,
        expires_at: binding.expiresAt ?? null,
        renew_before: binding.renewBefore ?? null,
        created_at: binding.createdAt
      })
    },

    async change(session: Session, id: string, change: BindingChange): Promise<void> {
      update(session, TABLE, id, {
        state: change.state,
        login: change.login,
        sealed_grant: change.grant && seal.seal(place('sealed_grant', id), JSON.stringify(change.grant)),
        sealed_answer: change.answer && seal.seal(place('sealed_answer', id), JSON.stringify(change.answer)),
        operation: change.operation,
        expires_at: change.expiresAt,
        renew_before: change.renewBefore,
        deleted_at: change.deletedAt
      })
    }
  }
}
