import type { Answer, Caller } from '../domain/caller.ts'
import { Refusal } from '../domain/refusal.ts'
import type { Poll, PollAnswer } from '../store/polls.ts'
import type { Query } from './broker.ts'
import type { Deps } from './deps.ts'
import { hasControlCharacter } from './requests.ts'

const SOONEST_SECONDS = 1
const LATEST_SECONDS = 60

/** GET /v2/service_instances/{id}/last_operation: one indexed read. */
export async function lastOperation(
  deps: Deps,
  caller: Caller,
  osbId: string,
  query: Query
): Promise<Answer> {
  const token = tokenOf(query)
  const { database, polls } = deps.store
  const poll = await database.read((session) => polls.ofInstance(session, caller.platform.name, osbId, token))
  return answerOf(deps, poll, 'service instance')
}

/** GET /v2/service_instances/{id}/service_bindings/{id}/last_operation. */
export async function lastBindingOperation(
  deps: Deps,
  caller: Caller,
  instanceOsbId: string,
  osbId: string,
  query: Query
): Promise<Answer> {
  const token = tokenOf(query)
  const { database, polls } = deps.store
  const poll = await database.read((session) =>
    polls.ofBinding(session, caller.platform.name, instanceOsbId, osbId, token)
  )
  return answerOf(deps, poll, 'service binding')
}

/**
 * Platforms take 400 as "the operation failed", so it is given for an empty `operation` and nothing else; a token that was
 * never ours gets the last operation's state.
 */
function tokenOf({ operation }: Query): string | undefined {
  if (operation === '') throw new Refusal(400, 'the query parameter operation must not be empty')
  return operation === undefined || hasControlCharacter(operation) ? undefined : operation
}

function answerOf(deps: Deps, poll: PollAnswer, what: string): Answer {
  if (poll === 'unknown') throw new Refusal(404, `there is no ${what} with this id`)
  if (poll === 'forgotten') return { status: 410, body: {} }
  const running = poll.state === 'in progress'
  return {
    status: 200,
    body: {
      state: poll.state,
      ...(poll.description ? { description: poll.description } : {}),
      ...(poll.state === 'failed' ? flags(poll) : {})
    },
    ...(running ? { retryAfterSeconds: pause(poll.dueAt - deps.now()) } : {})
  }
}

/** Only failed updates and deprovisions may carry them. */
function flags(poll: Poll): object {
  const isUpdate = poll.kind === 'update' || poll.kind === 'switch'
  if (!isUpdate && poll.kind !== 'delete') return {}
  return {
    ...(poll.instanceUsable === undefined ? {} : { instance_usable: poll.instanceUsable }),
    ...(isUpdate && poll.updateRepeatable !== undefined ? { update_repeatable: poll.updateRepeatable } : {})
  }
}

function pause(untilDueMs: number): number {
  return Math.min(LATEST_SECONDS, Math.max(SOONEST_SECONDS, Math.ceil(untilDueMs / 1000) + SOONEST_SECONDS))
}
