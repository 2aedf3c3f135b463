import type { Sighting } from '../../contract/adapter.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { Call } from '../../contract/ports.ts'
import type { EngineDeps } from '../deps.ts'
import { keep } from '../keep.ts'
import type { Kind } from '../kind.ts'
import { toldMs } from '../pace.ts'
import { unlikePlan } from '../plan-differences.ts'
import type { StepResult } from '../step-result.ts'
import { orderOf, type Subject } from '../subject.ts'
import { prepare } from './create.ts'

/**
 * What stands at a provider already becomes an instance's. Stages: `take` (the driver, until ready), `prepare` (the family, inside).
 * Whatever makes it fail destroys nothing: what carries our mark by then is an orphan.
 */
export const ADOPT: Kind = {
  async step(deps, subject, call) {
    return subject.operation.stage === 'prepare'
      ? prepare(deps, subject, true, call)
      : take(deps, subject, call)
  },
  async success(deps, session, _operation, subject, { made }) {
    const { store, now } = deps
    await store.instances.change(session, subject.instance.id, {
      state: 'ready',
      usable: true,
      readyAt: now()
    })
    await keep(deps, session, subject, made, { resource: { state: 'active' } })
    await store.orphans.forget(session, subject.resource.id)
  },
  async failure({ store, now }, session, { instance = '', resource = '' }) {
    await store.instances.change(session, instance, { state: 'deleted', deletedAt: now() })
    await store.resources.change(session, resource, { state: 'gone' })
  }
}

async function take(deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult> {
  const sighting = await sight(deps, subject, call)
  if (sighting.state === 'gone') throw new ProviderFailure('not-found', 'it is not there any more')
  // Never `Broken`: that is for what was made to be thrown away.
  if (sighting.state === 'broken') throw new ProviderFailure('conflict', sighting.note)
  const { handle } = sighting
  if (sighting.state === 'ready') return { kind: 'next', stage: 'prepare', afterMs: 0, made: { handle } }
  const { lookAgainInSeconds, note } = sighting
  return {
    kind: 'next',
    stage: 'take',
    made: { handle },
    ...(lookAgainInSeconds === undefined ? {} : { afterMs: toldMs(lookAgainInSeconds) }),
    ...(note === undefined ? {} : { note })
  }
}

/** What carries our mark already stands as it is where the driver has no other way. */
async function sight(deps: EngineDeps, subject: Subject, call: Call): Promise<Sighting> {
  const { driver, resource, plan, instance } = subject
  const unlike =
    resource.handle && (await unlikePlan(driver, { called: 'It', handle: resource.handle }, plan, call))
  if (unlike) throw unlike
  if (driver.adopt) {
    return driver.adopt(orderOf(deps, subject, plan, instance.parameters), resource.handle, call)
  }
  if (resource.handle) return driver.observe(resource.handle, call)
  throw new ProviderFailure('invalid', 'its provider cannot take over what it has not made')
}
