import type { Instance } from '../domain/instance.ts'
import type { Plan } from '../domain/offer.ts'
import type { Operation } from '../domain/operation.ts'
import type { NewOperation } from '../store/operations.ts'
import type { Session } from '../store/session.ts'
import type { Deps } from './deps.ts'
import { deadlineMs } from './plans.ts'

type Asked = Pick<NewOperation, 'id' | 'stage' | 'binding' | 'requestHash' | 'request' | 'revision'> & {
  readonly kind: 'create' | 'update' | 'delete' | 'bind' | 'unbind'
  /** What has to end before it begins. */
  readonly waitsFor?: string | undefined
}

/**
 * Writes the operation of a request that was accepted. This process claims it where it may run at once: a platform that waits
 * for the answer is never kept waiting for room at the provider.
 */
export function begin(
  deps: Deps,
  session: Session,
  instance: Instance,
  plan: Plan,
  { waitsFor, ...asked }: Asked
): Promise<Operation> {
  const { store, runner, settings } = deps
  const claimed = waitsFor === undefined && (plan.synchronous || runner.hasRoom(plan.provider))
  return store.operations.insert(session, {
    ...asked,
    platform: instance.platform,
    instance: instance.id,
    resource: instance.resource,
    provider: plan.provider,
    ...(waitsFor === undefined ? {} : { waitsFor }),
    answered: !plan.synchronous,
    deadlineMs: deadlineMs(deps, asked.kind, plan),
    now: deps.now(),
    ...(claimed ? { leaseMs: settings.leaseMs } : {})
  })
}
