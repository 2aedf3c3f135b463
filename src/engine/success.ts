import { isObject } from '../contract/read.ts'
import { provisionIdentity } from '../domain/request-identity.ts'
import { orderErasure } from '../store/order-erasure.ts'
import type { Session } from '../store/session.ts'
import { cleanUp } from './clean-up.ts'
import type { EngineDeps } from './deps.ts'
import { keep } from './keep.ts'
import type { AtSuccess, CoreKind } from './kind.ts'
import { targetOf, wantedParameters } from './kinds/update.ts'

/** OSB 2.17 lets a predecessor live on beside its successor; nobody was seen to delete it, so it ends by itself. */
const PREDECESSOR_LIVES_MS = 7 * 24 * 3600 * 1000

/** What the success of each kind changes, in the transaction that records it. */
export const SUCCESS: Readonly<Record<CoreKind, AtSuccess>> = {
  async create(deps, session, _operation, subject, { made }) {
    const { store, now } = deps
    await store.instances.change(session, subject.instance.id, {
      state: 'ready',
      usable: true,
      readyAt: now()
    })
    await keep(deps, session, subject, made, { resource: { state: 'active' } })
  },

  async update(deps, session, operation, subject, { made }) {
    const { instance, resource } = subject
    const plan = await targetOf(deps, session, subject)
    const parameters = wantedParameters(subject)
    const context = operation.request?.['context']
    const { serviceId, organization, space } = instance
    await deps.store.instances.change(session, instance.id, {
      planId: plan.id,
      revision: operation.revision ?? instance.revision,
      parameters,
      usable: true,
      requestHash: deps.store.seal.hash(
        provisionIdentity({ serviceId, planId: plan.id, organization, space, parameters })
      ),
      labels: { ...instance.labels, isolation: plan.isolation },
      ...(isObject(context) ? { context } : {})
    })
    const revision = operation.revision ?? resource.revision
    await keep(deps, session, subject, made, { resource: { revision } })
  },

  async delete(deps, session, _operation, { instance, resource }) {
    await deps.store.instances.change(session, instance.id, { state: 'deleted', deletedAt: deps.now() })
    await deps.store.resources.change(session, resource.id, { state: 'gone', goneAt: deps.now() })
    await eraseRetained(deps, session, instance.id)
  },

  async bind(deps, session, operation, subject, { made }) {
    const { binding, instance } = subject
    if (!binding) return
    const { store } = deps
    await keep(deps, session, subject, made, { binding: { state: 'bound' } })
    if (binding.predecessor !== undefined) await endPredecessor(deps, session, binding.predecessor)
    if (operation.answered) return
    // The request that waits for this answers with the credentials.
    await store.audit.insert(session, {
      at: deps.now(),
      platform: operation.platform,
      actor: 'platform',
      action: 'disclose credentials',
      subject: `binding ${binding.osbId}`,
      operation: operation.id,
      detail: { login: binding.login, instance: instance.osbId }
    })
  },

  async unbind(deps, session, operation, { binding }, { restIsCleanUp }) {
    if (!binding) return
    if (restIsCleanUp) await cleanUp(deps, session, operation, 'unbind')
    await deps.store.bindings.change(session, binding.id, { state: 'deleted', deletedAt: deps.now() })
  },

  async 'clean-up'(deps, session, operation, { resource }) {
    if (operation.binding !== undefined) return
    await deps.store.resources.change(session, resource.id, { state: 'gone', goneAt: deps.now() })
  }
}

async function endPredecessor(deps: EngineDeps, session: Session, id: string): Promise<void> {
  const predecessor = await deps.store.bindings.byId(session, id)
  if (predecessor?.state !== 'bound') return
  const latest = deps.now() + PREDECESSOR_LIVES_MS
  await deps.store.bindings.change(session, id, {
    expiresAt: Math.min(predecessor.expiresAt ?? Number.POSITIVE_INFINITY, latest),
    renewBefore: Math.min(predecessor.renewBefore ?? Number.POSITIVE_INFINITY, deps.now())
  })
}

/** What switches left behind goes with the instance. */
async function eraseRetained({ store, now }: EngineDeps, session: Session, instance: string): Promise<void> {
  for (const resource of await store.resources.ofInstance(session, instance))
    await orderErasure(store, session, resource, { by: 'deprovision', now: now() })
}
