import type { Answer, Caller } from '../domain/caller.ts'
import { Refusal } from '../domain/refusal.ts'
import type { Deps } from './deps.ts'
import { instanceMetadata, readableParameters } from './instance-answer.ts'

/**
 * GET /v2/service_instances/{id}. Whatever was made once and is not deleted yet is found, also while it changes: there are
 * clients that create anew on 404.
 */
export async function fetchInstance(deps: Deps, caller: Caller, osbId: string): Promise<Answer> {
  const { store } = deps
  const { instance, plan } = await store.database.read(async (session) => {
    const found = await store.instances.find(session, caller.platform.name, osbId)
    return { instance: found, plan: found && (await store.planRevisions.byDigest(session, found.revision)) }
  })
  if (!instance || !plan || instance.state === 'deleted' || instance.readyAt === undefined) {
    throw new Refusal(404, 'there is no service instance with this id, or it is still being made')
  }
  return {
    status: 200,
    body: {
      service_id: instance.serviceId,
      plan_id: instance.planId,
      parameters: readableParameters(plan.createSchema, instance.parameters),
      ...(plan.maintenanceInfo ? { maintenance_info: plan.maintenanceInfo } : {}),
      ...instanceMetadata(instance)
    }
  }
}
