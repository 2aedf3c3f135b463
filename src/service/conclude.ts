import type { Answer } from '../domain/caller.ts'
import type { EndedOperation, Failure, Operation } from '../domain/operation.ts'
import { Refusal, type RefusalOptions, refuse } from '../domain/refusal.ts'
import type { Deps, Works } from './deps.ts'

/** What an accepting transaction decided. */
export type Accepted =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | {
      readonly kind: 'operation'
      readonly operationId: string
      /** It is this process's to run. */
      readonly start?: { readonly operation: Operation; readonly on?: Works }
      /** Somebody is told 202 already, or the plan is asynchronous. */
      readonly answered: boolean
    }

/** What a removal answers where there is nothing. */
export const GONE: Accepted = { kind: 'answer', answer: { status: 410, body: {} } }

/** An operation that was just inserted; this process runs it at once if it claimed it. */
export function begun(operation: Operation, on?: Works): Accepted {
  const { id, answered, leaseNumber } = operation
  const start = { operation, ...(on ? { on } : {}) }
  return { kind: 'operation', operationId: id, answered, ...(leaseNumber > 0 ? { start } : {}) }
}

/** The same request again, while what it asked for is under way. */
export function stillRuns({ id, answered }: Operation): Accepted {
  return { kind: 'operation', operationId: id, answered }
}

/** How a use case answers its operation. */
export interface Answers {
  /** After it has succeeded, read anew. */
  readonly done: () => Promise<Answer>
  /** 202; `operation` is added. */
  readonly accepted: object
  readonly failed: (operation: EndedOperation) => Refusal
}

const RETRY_AFTER_SECONDS = 5
/** An abandoned operation gets this long to stop. */
const STOP_MS = 10_000

/**
 * From an accepted operation to the answer: 202 at once, or, where nobody was told to poll, the result, awaited for a few
 * seconds. What takes longer becomes 202 where the platform accepts that; else it ends and cleans up.
 */
export async function conclude(
  deps: Deps,
  accepted: Accepted,
  acceptsIncomplete: boolean,
  answers: Answers
): Promise<Answer> {
  if (accepted.kind === 'answer') return accepted.answer
  const { operationId } = accepted
  if (accepted.start) deps.runner.run(accepted.start.operation, accepted.start.on)
  else deps.runner.wake()
  const poll: Answer = {
    status: 202,
    body: { ...answers.accepted, operation: operationId },
    retryAfterSeconds: RETRY_AFTER_SECONDS
  }
  if (accepted.answered && acceptsIncomplete) return poll
  const ended = await deps.runner.ended(operationId, deps.settings.synchronousWaitMs)
  if (ended) return result(ended, answers)
  if (accepted.answered) throw refuse('ConcurrencyError')
  return late(deps, operationId, acceptsIncomplete, answers, poll)
}

async function late(
  deps: Deps,
  operationId: string,
  acceptsIncomplete: boolean,
  answers: Answers,
  poll: Answer
): Promise<Answer> {
  const { database, operations } = deps.store
  if (acceptsIncomplete) {
    const marked = await database.write((session) => operations.markAnswered(session, operationId))
    return marked ? poll : resultNow(deps, operationId, answers)
  }
  const told = await database.write((session) => operations.cancel(session, operationId, 'abandoned'))
  if (!told) return goesOn(deps, operationId, answers)
  deps.runner.wake()
  const ended = await deps.runner.ended(operationId, STOP_MS)
  if (ended) return result(ended, answers)
  throw new Refusal(
    503,
    'the operation took longer than a synchronous request may; it is being stopped and cleaned up'
  )
}

/** A removal is never given up, nor is what another request polls. */
async function goesOn(deps: Deps, operationId: string, answers: Answers): Promise<Answer> {
  const { database, operations } = deps.store
  const operation = await database.read((session) => operations.byId(session, operationId))
  if (operation?.state !== 'in progress') return resultNow(deps, operationId, answers)
  if (operation.answered || operation.cancel === 'superseded') throw refuse('ConcurrencyError')
  throw new Refusal(503, 'the removal takes longer than a synchronous request may, and goes on: ask again', {
    retryAfterSeconds: RETRY_AFTER_SECONDS
  })
}

async function resultNow(deps: Deps, operationId: string, answers: Answers): Promise<Answer> {
  const ended = await deps.runner.ended(operationId, 0)
  if (ended) return result(ended, answers)
  throw new Refusal(503, 'the operation is still in progress', { retryAfterSeconds: RETRY_AFTER_SECONDS })
}

async function result(ended: EndedOperation, answers: Answers): Promise<Answer> {
  if (ended.state === 'succeeded') return answers.done()
  throw answers.failed(ended)
}

/** What the developer can mend is 4xx, what nobody asked for is 5xx. */
const STATUS_OF: Readonly<Record<Failure, number>> = {
  invalid: 400,
  conflict: 500,
  quota: 400,
  denied: 502,
  'not-found': 502,
  throttled: 503,
  unavailable: 503,
  unexpected: 500,
  deadline: 503,
  superseded: 422,
  abandoned: 503,
  'by operator': 500,
  'by platform': 422
}

export function failureRefusal(
  operation: EndedOperation,
  invalidStatus: 400 | 422,
  options: RefusalOptions = {}
): Refusal {
  const status = STATUS_OF[operation.failure ?? 'unexpected']
  const description = operation.description ?? 'the operation failed'
  if (operation.failure === 'superseded') return refuse('ConcurrencyError')
  return new Refusal(status === 400 ? invalidStatus : status, description, options)
}
