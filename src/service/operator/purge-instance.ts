import type { Instance } from '../../domain/instance.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { Session } from '../../store/session.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { endInstance } from './end-instance.ts'
import { findInstance } from './find-instance.ts'
import { type ResourceView, resourceView } from './instance-view.ts'
import { operatorTrace } from './trace.ts'

/** What was forgotten, and what stays at providers for somebody to remove by hand. */
export interface Purged {
  /** Our id. */
  readonly id: string
  readonly platform: string
  readonly osbId: string
  readonly stays: {
    readonly resources: readonly ResourceView[]
    /** Names of logins inside them. */
    readonly logins: readonly string[]
  }
  /** Operations that were in progress and are ended. */
  readonly ended: readonly string[]
}

const ENDED = 'ended because an operator purged the service instance'

/** Forgets an instance, its bindings and resources, without asking any provider: for what can be deleted in no other way. */
export async function purgeInstance(deps: OperatorDeps, caller: OperatorCaller, id: string): Promise<Purged> {
  const { store } = deps
  const purged = await store.database.write(async (session) => {
    const { id: own } = await findInstance(deps, session, id)
    await store.instances.holdById(session, own)
    const instance = await findInstance(deps, session, own)
    if (instance.deletedAt !== undefined) throw new Refusal(409, 'It is deleted already.')
    return forget(deps, session, caller, instance)
  })
  deps.runner.wake()
  return purged
}

async function forget(
  deps: OperatorDeps,
  session: Session,
  caller: OperatorCaller,
  instance: Instance
): Promise<Purged> {
  const { store } = deps
  const ended = await store.operations.endAllOf(session, instance.id, ENDED)
  const resources = await store.resources.ofInstance(session, instance.id)
  const bindings = await store.bindings.living(session, instance.id)
  const standing = resources.map(resourceView).filter(({ mayStand }) => mayStand)
  const stays = {
    resources: standing,
    logins: standing.length === 0 ? [] : bindings.map(({ login }) => login)
  }
  await endInstance(deps, session, instance)
  await store.audit.insert(
    session,
    operatorTrace(caller, deps.now(), {
      action: 'purge',
      subject: `instance ${instance.osbId}`,
      platform: instance.platform,
      detail: {
        id: instance.id,
        ended,
        logins: stays.logins,
        resources: standing.map(({ provider, family, region, name }) => ({ provider, family, region, name }))
      }
    })
  )
  return { id: instance.id, platform: instance.platform, osbId: instance.osbId, stays, ended }
}
