import type { JsonObject } from '../contract/json.ts'
import { textAt } from '../contract/read.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Kind } from '../engine/kind.ts'
import type { StepResult } from '../engine/step-result.ts'
import type { Subject } from '../engine/subject.ts'
import type { Receipts } from '../trust/receipts.ts'
import type { MoveDeps } from './deps.ts'
import { moveCallOf } from './move-call.ts'
import { loadMove, movingOf } from './move-subject.ts'

/**
 * After a cut-over, on the source. Stages: `close` (nobody uses it any more, its logins have other names), `receipt`. Nobody
 * waits for it, and it is never given up.
 */
export function retainKind({ receipts }: MoveDeps): Kind {
  return {
    isLong: true,
    isEndless: () => true,
    async step(deps, subject, _call, { signal }) {
      if (subject.operation.stage === 'receipt') return receipt(deps, subject, receipts)
      return close(deps, subject, signal)
    },
    async success(deps, session, operation, { instance }) {
      await deps.store.audit.insert(session, {
        at: deps.now(),
        platform: operation.platform,
        actor: 'broker',
        action: 'retain',
        subject: `instance ${instance.osbId}`,
        operation: operation.id,
        detail: { switch: switchOf(operation.request) }
      })
    },
    failure: () => Promise.resolve()
  }
}

async function close(deps: EngineDeps, subject: Subject, signal: AbortSignal): Promise<StepResult> {
  const next: StepResult = { kind: 'next', stage: 'receipt', afterMs: 0 }
  if (subject.resource.state !== 'retained') return next
  const call = moveCallOf(deps, subject, signal)
  const moved = await loadMove(deps, subject, switchOf(subject.operation.request))
  await moved.move.retire(await movingOf(deps, moved, call), call)
  return next
}

async function receipt(deps: EngineDeps, subject: Subject, receipts: Receipts): Promise<StepResult> {
  const { store } = deps
  const facts = await factsOf(deps, subject, switchOf(subject.operation.request))
  const signed = await receipts.completion(facts)
  return {
    kind: 'done',
    within: (session) => store.switches.change(session, facts.record.id, { receipt: signed })
  }
}

/** What a receipt tells, read as it is kept. */
export async function factsOf(deps: EngineDeps, { instance }: Pick<Subject, 'instance'>, switchId: string) {
  const { store } = deps
  return store.database.read(async (session) => {
    const record = await store.switches.byId(session, switchId)
    if (!record) throw new Error(`there is no switch ${switchId}`)
    const from = await store.resources.byId(session, record.fromResource)
    const to = await store.resources.byId(session, record.toResource)
    return {
      record,
      osbId: instance.osbId,
      fromName: from?.name ?? '',
      toName: to?.name ?? '',
      broker: deps.brokerId,
      now: deps.now()
    }
  })
}

function switchOf(request: JsonObject = {}): string {
  return textAt(request, 'switch')
}
