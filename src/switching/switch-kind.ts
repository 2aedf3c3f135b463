import type { MoveCall } from '../contract/ports.ts'
import { type EndedSwitchState, isClosed } from '../domain/switch.ts'
import { cleanUp } from '../engine/clean-up.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { AtFailure, Held, Kind } from '../engine/kind.ts'
import { destroyStep } from '../engine/kinds/destroy.ts'
import type { Ending } from '../engine/record.ts'
import type { StepResult } from '../engine/step-result.ts'
import type { Subject } from '../engine/subject.ts'
import { copy } from './copy.ts'
import { cutOver, frozenUntil } from './cut-over.ts'
import type { MoveDeps } from './deps.ts'
import { enter } from './enter.ts'
import { freeze } from './freeze.ts'
import { gather } from './gather.ts'
import { type HeldMove, heldMove } from './held-move.ts'
import { moveCallOf } from './move-call.ts'
import { loadMove, type MoveSubject } from './move-subject.ts'
import { examineStanding, precheck } from './precheck.ts'
import { provision } from './provision.ts'
import { ready } from './ready.ts'
import { goBack } from './return.ts'
import { verify } from './verify.ts'

type Fail = Extract<Ending, { kind: 'fail' }>

/** What was closed is opened again before it may fail; the reason is kept until then. */
const wayOut: NonNullable<Kind['wayOut']> = async (deps, session, operation, failing) => {
  const { stage, id } = operation
  if (!isClosed(operation) || stage === 'return') return undefined
  await enter(deps, session, { id }, 'return', { reason: failing.description })
  return 'return'
}

const ended: AtFailure = async (deps, session, operation, failing) => {
  const record = await deps.store.switches.byId(session, operation.id)
  if (record) {
    const at = deps.now()
    await enter(deps, session, record, endOf(operation.stage, failing, operation.cancel), {
      reason: record.reason ?? failing.description,
      endedAt: at,
      ...(record.timeline.some(({ state }) => state === 'freeze') ? { figures: frozenUntil(record, at) } : {})
    })
  }
  await cleanUp(deps, session, operation, 'release')
}

/** A move of an instance: what OSB polls. */
export function switchKind({ retentionMs }: MoveDeps): Kind {
  return {
    isLong: true,
    isEndless: isReturning,
    mustFinish: isReturning,
    async step(deps, subject, _call, { signal, held }) {
      const moved = await loadMove(deps, subject, subject.operation.id)
      const holds = heldMove(held)
      if (holds && subject.operation.stage === 'cut-over') return cutOver(deps, moved, holds, retentionMs)
      return stepAt(deps, moved, held, moveCallOf(deps, subject, signal))
    },
    success: () => Promise.resolve(),
    wayOut,
    failure: ended
  }
}

/** The same up to the verification, beside a source that lives on; nobody polls it, and nothing is left of it. */
export const rehearsalKind: Kind = {
  isLong: true,
  isEndless: isReturning,
  mustFinish: isReturning,
  async step(deps, subject, call, { signal, held }) {
    const { stage } = subject.operation
    if (stage === 'release' || stage === 'destroy') return destroyStep(deps, subject, call)
    const moved = await loadMove(deps, subject, subject.operation.id)
    return stepAt(deps, moved, held, moveCallOf(deps, subject, signal))
  },
  async success(deps, session, operation, { resource }) {
    await deps.store.resources.change(session, resource.id, { state: 'gone', goneAt: deps.now() })
    const record = await deps.store.switches.byId(session, operation.id)
    const state = record?.reason === undefined ? 'completed' : 'rolled back'
    await enter(deps, session, { id: operation.id }, state, { endedAt: deps.now() })
  },
  wayOut,
  failure: ended
}

function isReturning({ stage }: { readonly stage: string }): boolean {
  return stage === 'return'
}

async function stepAt(
  deps: EngineDeps,
  moved: MoveSubject,
  held: Held | undefined,
  call: MoveCall
): Promise<StepResult> {
  const { subject } = moved
  switch (subject.operation.stage) {
    case 'precheck':
      return precheck(deps, moved, call)
    case 'make':
    case 'prepare':
      return provision(deps, subject, call)
    case 'examine':
      return examineStanding(deps, moved, call)
    case 'ready':
      return ready(deps, moved)
    case 'gather':
      return gather(deps, moved, call)
    case 'freeze':
      return held ? freeze(deps, moved, held, call) : AGAIN
    case 'return':
      return goBack(deps, moved, call)
    default:
      return frozenStep(deps, moved, heldMove(held), call)
  }
}

/** Whoever held the freeze is gone: everything from there on is done anew. */
const AGAIN: StepResult = { kind: 'next', stage: 'gather', afterMs: 0, note: 'interrupted: freezing again' }

async function frozenStep(
  deps: EngineDeps,
  moved: MoveSubject,
  held: HeldMove | undefined,
  call: MoveCall
): Promise<StepResult> {
  const { stage } = moved.subject.operation
  if (!held) return AGAIN
  if (stage === 'copy') return copy(deps, moved, held, call)
  if (stage === 'verify') return verify(deps, moved, held, call)
  throw new Error(`a move has no stage ${stage}`)
}

function endOf(stage: string, { failure }: Fail, cancel: Subject['operation']['cancel']): EndedSwitchState {
  if (cancel !== undefined) return 'cancelled'
  const isLooking = stage === 'precheck' || stage === 'examine'
  return isLooking && failure === 'invalid' ? 'blocked' : 'rolled back'
}
