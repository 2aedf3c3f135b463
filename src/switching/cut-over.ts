import { isObject } from '../contract/read.ts'
import type { Binding } from '../domain/binding.ts'
import { newId } from '../domain/new-id.ts'
import { provisionIdentity } from '../domain/request-identity.ts'
import { figuresOf, type Switch, type SwitchFigures } from '../domain/switch.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { answerTo } from '../engine/kinds/bind.ts'
import type { StepResult } from '../engine/step-result.ts'
import type { BindingChange } from '../store/bindings.ts'
import type { Session } from '../store/session.ts'
import { enter } from './enter.ts'
import type { HeldMove } from './held-move.ts'
import type { MoveSubject } from './move-subject.ts'
import { targetParameters } from './provision.ts'

/** Stage `cut-over`: the pointer and every access, swapped in the transaction that ends the switch, while the freeze still holds. */
export async function cutOver(
  deps: EngineDeps,
  moved: MoveSubject,
  held: HeldMove,
  retentionMs: number
): Promise<StepResult> {
  await held.check()
  return {
    kind: 'done',
    within: (session) => swap(deps, session, moved, held, retentionMs),
    confirm: () => held.check()
  }
}

async function swap(
  deps: EngineDeps,
  session: Session,
  moved: MoveSubject,
  held: HeldMove,
  retentionMs: number
): Promise<void> {
  const { store, now } = deps
  const { record, from, to } = moved
  const at = now()
  await store.instances.change(session, record.instance, instanceAfter(deps, moved))
  await store.resources.change(session, from.resource.id, {
    state: 'retained',
    retainedUntil: at + retentionMs
  })
  await store.resources.change(session, to.resource.id, { state: 'active' })
  for (const binding of moved.bindings)
    await store.bindings.change(session, binding.id, bindingAfter(binding, moved, held, at))
  await enter(deps, session, record, 'completed', {
    figures: frozenUntil(record, at),
    retrievalUntil: at + retentionMs,
    endedAt: at
  })
  await store.operations.insert(session, {
    id: newId(),
    kind: 'retain',
    stage: 'close',
    platform: record.platform,
    instance: record.instance,
    resource: from.resource.id,
    request: { switch: record.id },
    answered: true,
    now: at
  })
}

function instanceAfter(deps: EngineDeps, { subject, to }: MoveSubject) {
  const { instance, operation } = subject
  const { serviceId, organization, space } = instance
  const parameters = targetParameters(subject)
  const { labels, context } = operation.request ?? {}
  const planId = to.plan.id
  return {
    planId,
    revision: to.resource.revision,
    region: to.resource.region,
    resource: to.resource.id,
    parameters,
    usable: true,
    requestHash: deps.store.seal.hash(
      provisionIdentity({ serviceId, planId, organization, space, parameters })
    ),
    labels: isObject(labels) ? (labels as Record<string, string>) : instance.labels,
    ...(isObject(context) ? { context } : {})
  }
}

/** The same name and password where the target let us; else the new ones. The platform is told to fetch them now. */
function bindingAfter(
  binding: Binding,
  { family }: MoveSubject,
  { moving }: HeldMove,
  at: number
): BindingChange {
  const login = moving.logins.find(({ from }) => from.name === binding.login)?.to
  if (!login) throw new Error(`the binding ${binding.id} has no login at the target`)
  return {
    answer: answerTo(binding, login, family, moving.to.access),
    ...(login.name === binding.login ? {} : { login: login.name }),
    renewBefore: at
  }
}

/** From the first freeze on, however often it was taken. */
export function frozenUntil(record: Switch, at: number): SwitchFigures {
  const since = record.timeline.find(({ state }) => state === 'freeze')?.at
  const figures = figuresOf(record)
  return since === undefined ? figures : { ...figures, freezeMs: at - since }
}
