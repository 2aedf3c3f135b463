import type { Failure, Operation } from '../domain/operation.ts'

const TABLE = 'operations'

/** What a step leads to. */
export type Recorded =
  | { readonly next: 'at once'; readonly stage: string; readonly description?: string }
  | {
      readonly next: 'later'
      readonly stage: string
      readonly afterMs: number
      readonly description?: string
    }
  /** The same step again; it failed or was interrupted. */
  | {
      readonly next: 'retry'
      readonly afterMs: number
      readonly counts: boolean
      readonly description?: string
    }
  | {
      readonly next: 'end'
      readonly state: 'succeeded' | 'failed'
      readonly description?: string
      readonly failure?: Failure
      readonly instanceUsable?: boolean
      readonly updateRepeatable?: boolean
    }

export function recordStatement(
  operation: Operation,
  recorded: Recorded,
  leaseMs: number
): [string, (string | number | null)[]] {
  const guard = `where id = ? and lease_number = ? and state = 'in progress'`
  const key = [operation.id, operation.leaseNumber]
  const description = printable(recorded.description)
  switch (recorded.next) {
    case 'at once':
      return [
        `update ${TABLE} set stage = ?, description = ?, attempts = 1, failures = 0, lease_until = :now + cast(? as bigint) ${guard}`,
        [recorded.stage, description, leaseMs, ...key]
      ]
    case 'later':
      return [
        `update ${TABLE} set stage = ?, description = ?, attempts = 0, failures = 0, lease_until = 0,
          due_at = case when cancel is null then :now + cast(? as bigint) else :now end
          ${guard}`,
        [recorded.stage, description, recorded.afterMs, ...key]
      ]
    case 'retry':
      return [
        `update ${TABLE} set description = coalesce(?, description), failures = failures + ?, lease_until = 0,
          due_at = case when cancel is null then :now + cast(? as bigint) else :now end ${guard}`,
        [description, recorded.counts ? 1 : 0, recorded.afterMs, ...key]
      ]
    case 'end':
      return [
        `update ${TABLE} set state = ?, description = ?, failure = ?, instance_usable = ?, update_repeatable = ?, lease_until = 0,
          ended_at = :now ${guard}`,
        [
          recorded.state,
          description,
          recorded.failure ?? null,
          flag(recorded.instanceUsable),
          flag(recorded.updateRepeatable),
          ...key
        ]
      ]
  }
}

function flag(value: boolean | undefined): number | null {
  return value === undefined ? null : value ? 1 : 0
}

export const LONGEST_DESCRIPTION = 2000

/** What providers say is shown to people and kept in a column: no control characters (PostgreSQL refuses NUL), no novels. */
function printable(told: string | undefined): string | null {
  if (told === undefined) return null
  const plain = told.replaceAll(/\p{Cc}+/gu, ' ').trim()
  return plain === '' ? null : plain.slice(0, LONGEST_DESCRIPTION)
}
