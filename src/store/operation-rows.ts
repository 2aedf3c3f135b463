import {
  type Cancel,
  type Failure,
  type Operation,
  type OperationKind,
  type OperationState
} from '../domain/operation.ts'
import { maybeText, maybeWhole, object, present, text, whole, yes } from './columns.ts'
import type { Place, Seal } from './seal.ts'
import type { Row } from './session.ts'

/** A row of `operations` as the domain knows it. */
export function operationRows(seal: Seal): { place(row: string): Place; fromRow(row: Row): Operation } {
  const place = (row: string) => ({ table: 'operations', column: 'sealed_request', row })

  function fromRow(row: Row): Operation {
    const id = text(row, 'id')
    const request = maybeText(row, 'sealed_request')
    const usable = maybeWhole(row, 'instance_usable')
    const repeatable = maybeWhole(row, 'update_repeatable')
    return present<Operation>({
      id,
      kind: text(row, 'kind') as OperationKind,
      state: text(row, 'state') as OperationState,
      stage: text(row, 'stage'),
      platform: text(row, 'platform'),
      instance: maybeText(row, 'instance'),
      binding: maybeText(row, 'binding'),
      resource: maybeText(row, 'resource'),
      provider: maybeText(row, 'provider') || undefined,
      requestHash: maybeText(row, 'request_hash'),
      request: request === undefined ? undefined : object(seal.open(place(id), request)),
      revision: maybeText(row, 'revision'),
      waitsFor: maybeText(row, 'waits_for'),
      cancel: maybeText(row, 'cancel') as Cancel | undefined,
      answered: yes(row, 'answered'),
      attempts: whole(row, 'attempts'),
      failures: whole(row, 'failures'),
      dueAt: whole(row, 'due_at'),
      deadlineAt: maybeWhole(row, 'deadline_at'),
      leaseNumber: whole(row, 'lease_number'),
      takenOver: yes(row, 'taken_over'),
      description: maybeText(row, 'description'),
      failure: maybeText(row, 'failure') as Failure | undefined,
      instanceUsable: usable === undefined ? undefined : usable === 1,
      updateRepeatable: repeatable === undefined ? undefined : repeatable === 1,
      createdAt: whole(row, 'created_at'),
      endedAt: maybeWhole(row, 'ended_at'),
      claimedAt: maybeWhole(row, 'claimed_at')
    })
  }

  return { place, fromRow }
}
