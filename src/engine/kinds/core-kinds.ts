import { FAILED } from '../failure.ts'
import type { CoreKind, Kind } from '../kind.ts'
import { SUCCESS } from '../success.ts'
import { bindStep } from './bind.ts'
import { createStep } from './create.ts'
import { destroyStep } from './destroy.ts'
import { unbindStep } from './unbind.ts'
import { updateStep } from './update.ts'

/** One step of each kind: which method of a driver or a family is called, with what. */
const STEPS = {
  create: createStep,
  update: updateStep,
  delete: destroyStep,
  bind: bindStep,
  unbind: unbindStep,
  'clean-up': (deps, subject, call) => (subject.binding ? unbindStep : destroyStep)(deps, subject, call)
} satisfies Record<CoreKind, Kind['step']>

export const CORE_KINDS: Readonly<Record<CoreKind, Kind>> = {
  create: kind('create'),
  update: kind('update'),
  delete: kind('delete'),
  bind: kind('bind'),
  unbind: kind('unbind'),
  'clean-up': { ...kind('clean-up'), isEndless: () => true }
}

function kind(name: CoreKind): Kind {
  return { step: STEPS[name], success: SUCCESS[name], failure: FAILED[name] }
}
