import { Refusal } from '../../domain/refusal.ts'
import type { Switch } from '../../domain/switch.ts'
import type { Session } from '../../store/session.ts'
import type { Asker } from './asker.ts'
import { accept, begun } from './begin-switch.ts'
import type { SwitchDeps } from './deps.ts'
import { findOwnInstance, holdSwitch } from './find-switch.ts'
import type { SwitchDetails } from './switch-details.ts'
import { behalfOf, type DirectiveRequest } from './wanted-switch.ts'

/** To where a completed switch came from, while its source is kept: a switch of its own, with a resource of its own. */
export async function switchBack(
  deps: SwitchDeps,
  asker: Asker,
  id: string,
  directive: DirectiveRequest
): Promise<SwitchDetails> {
  const operation = await deps.store.database.write(async (session) => {
    const record = await holdSwitch(deps, session, asker, id)
    const instance = await findOwnInstance(deps, session, asker, record.instance)
    const planId = await retainedPlan(deps, session, record)
    const plan = deps.catalog.seenBy(behalfOf(deps, asker, instance).platform).plan(planId)
    const { region } = record.from
    if (!plan?.regions.includes(region))
      throw new Refusal(409, `The plan ${record.from.plan} in ${region} is not in the catalog any more.`)
    return accept(deps, session, asker, 'switch', instance, { plan: planId, region, directive })
  })
  return begun(deps, asker, operation)
}

/** The id of the plan that the kept source was ordered by. */
async function retainedPlan(
  { store }: SwitchDeps,
  session: Session,
  { fromResource, state, kind }: Switch
): Promise<string> {
  const isDone = kind === 'switch' && state === 'completed'
  const source = isDone ? await store.resources.byId(session, fromResource) : undefined
  if (source?.state !== 'retained') throw new Refusal(409, 'Its source is not kept: there is no way back.')
  const plan = await store.planRevisions.byDigest(session, source.revision)
  return plan?.id ?? ''
}
