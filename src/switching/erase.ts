import { textAt } from '../contract/read.ts'
import type { Erasure } from '../domain/switch.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Kind } from '../engine/kind.ts'
import { destroyStep } from '../engine/kinds/destroy.ts'
import { GivesUp, goneIsFine } from '../engine/outcome.ts'
import type { StepResult } from '../engine/step-result.ts'
import { namesOf, type Subject } from '../engine/subject.ts'
import type { Receipts } from '../trust/receipts.ts'
import type { MoveDeps } from './deps.ts'
import { moveCallOf } from './move-call.ts'
import { factsOf } from './retain.ts'

/**
 * Of a retained source, and of nothing else. Stages: `release`, `destroy` (as in a delete), `prove` (it was looked whether
 * anything is left), `receipt`. Never given up.
 */
export function eraseKind({ receipts }: MoveDeps): Kind {
  return {
    isEndless: () => true,
    async step(deps, subject, call, { signal }) {
      refuseUnlessErasing(subject)
      const { stage } = subject.operation
      if (stage === 'prove') return prove(deps, subject, signal)
      if (stage === 'receipt') return receipt(deps, subject, receipts)
      const result = await destroyStep(deps, subject, call)
      return result.kind === 'next' ? result : { kind: 'next', stage: 'prove', afterMs: 0 }
    },
    async success(deps, session, operation, { instance, resource }) {
      await deps.store.resources.change(session, resource.id, { state: 'gone', goneAt: deps.now() })
      await deps.store.audit.insert(session, {
        at: deps.now(),
        platform: operation.platform,
        actor: 'broker',
        action: 'erase',
        subject: `instance ${instance.osbId}`,
        operation: operation.id,
        detail: { resource: resource.name, provider: resource.provider }
      })
    },
    failure: () => Promise.resolve()
  }
}

/** The books decide what may be erased: never what an instance points at, never what nobody ordered to be erased. */
function refuseUnlessErasing({ instance, resource }: Subject): void {
  const isInUse = instance.resource === resource.id && instance.state !== 'deleted'
  if (isInUse || resource.state !== 'erasing')
    throw new GivesUp(
      'conflict',
      `the resource ${resource.name} is not to be erased: it is ${resource.state}`
    )
}

async function prove(deps: EngineDeps, subject: Subject, signal: AbortSignal): Promise<StepResult> {
  const { store, now } = deps
  const proof = await proofOf(deps, subject, signal)
  const erasure: Erasure = {
    at: now(),
    orderedBy: textAt(subject.operation.request ?? {}, 'orderedBy'),
    proof
  }
  return {
    kind: 'next',
    stage: 'receipt',
    afterMs: 0,
    async within(session) {
      const left = await store.switches.leaving(session, subject.resource.id)
      if (left) await store.switches.change(session, left.id, { erasure })
    }
  }
}

/** Asks the provider, then the database. */
async function proofOf(deps: EngineDeps, subject: Subject, signal: AbortSignal): Promise<readonly string[]> {
  const { driver, family, resource } = subject
  if (!resource.handle) return ['nothing was ever made at the provider']
  const call = moveCallOf(deps, subject, signal)
  const seen = await goneIsFine(driver.observe(resource.handle, call))
  if (seen !== 'gone' && seen.state !== 'gone')
    throw new Error(
      `the resource ${resource.name} was destroyed, and the provider still shows it as ${seen.state}`
    )
  const told = `the provider ${resource.provider} has nothing called ${resource.name} any more`
  const access = driver.access ? await goneIsFine(driver.access(resource.handle, call)) : 'gone'
  if (access === 'gone' || !family.move) return [told]
  return [told, ...(await family.move.proveErased({ access, names: namesOf(deps, resource) }, call))]
}

async function receipt(deps: EngineDeps, subject: Subject, receipts: Receipts): Promise<StepResult> {
  const { store } = deps
  const left = await store.database.read((session) => store.switches.leaving(session, subject.resource.id))
  if (!left) return { kind: 'done' }
  const signed = await receipts.erasure(await factsOf(deps, subject, left.id))
  return {
    kind: 'done',
    within: (session) => store.switches.change(session, left.id, { erasureReceipt: signed })
  }
}
