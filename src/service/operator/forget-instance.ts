import { standingIn } from '../../domain/drift.ts'
import type { Instance } from '../../domain/instance.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { Resource, ResourceState } from '../../domain/resource.ts'
import type { Session } from '../../store/session.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { endInstance } from './end-instance.ts'
import { findInstance } from './find-instance.ts'
import { operatorTrace } from './trace.ts'

/** What is not in the books any more, because it is not there any more. */
export interface Forgotten {
  /** Our id. */
  readonly id: string
  readonly platform: string
  readonly osbId: string
  readonly provider: string
  /** What its resource was called there. */
  readonly name: string
  /** Platforms' ids of bindings that ended with it. */
  readonly bindings: readonly string[]
}

/**
 * An instance whose resource is gone at its provider ends in the books, with its bindings. The provider is asked first: what stands,
 * or may stand, is never forgotten so.
 */
export async function forgetInstance(
  deps: OperatorDeps,
  caller: OperatorCaller,
  id: string
): Promise<Forgotten> {
  const { store } = deps
  const { instance, resource } = await store.database.read((session) => read(deps, session, id))
  if (instance.deletedAt !== undefined) return forgotten(instance, resource, [])
  await store.database.read((session) => refuseInUse(deps, session, instance))
  await refuseStanding(deps, resource)
  return store.database.write(async (session) => {
    await store.instances.holdById(session, instance.id)
    const now = await read(deps, session, instance.id)
    if (now.instance.deletedAt !== undefined) return forgotten(now.instance, now.resource, [])
    if (now.resource.id !== resource.id) throw new Refusal(409, 'It has moved meanwhile: look again.')
    await refuseInUse(deps, session, now.instance)
    const bindings = (await store.bindings.living(session, instance.id)).map(({ osbId }) => osbId)
    await endInstance(deps, session, now.instance)
    await store.audit.insert(session, traceOf(deps, caller, now, bindings))
    return forgotten(now.instance, now.resource, bindings)
  })
}

interface Found {
  readonly instance: Instance
  readonly resource: Resource
}

async function read(deps: OperatorDeps, session: Session, id: string): Promise<Found> {
  const instance = await findInstance(deps, session, id)
  const resource = await deps.store.resources.byId(session, instance.resource)
  if (!resource) throw new Error(`the service instance ${instance.id} has no resource`)
  return { instance, resource }
}

const ENDED: readonly ResourceState[] = ['gone']

/** Something is under way, or another resource of it stands: then it is not all gone. */
async function refuseInUse({ store }: OperatorDeps, session: Session, instance: Instance): Promise<void> {
  const [open] = await store.operations.openOfInstance(session, instance.id)
  if (open) throw new Refusal(409, `The ${open.kind} ${open.id} is in progress.`)
  const others = (await store.resources.ofInstance(session, instance.id)).filter(
    ({ id, state }) => id !== instance.resource && !ENDED.includes(state)
  )
  const [other] = others
  if (other)
    throw new Refusal(
      409,
      `Its resource ${other.name} at ${other.provider} is ${other.state} and holds its data: portolan instances show ${instance.id} lists it.`
    )
}

/** Asked in both ways that there are, and both must say so. */
async function refuseStanding(deps: OperatorDeps, resource: Resource): Promise<void> {
  const { provider, family, name, id } = resource
  const observed = await deps.observe(resource)
  if (observed.state === 'unknown') throw nobodyCanTell(resource, observed.text)
  if (observed.state === 'broken')
    throw new Refusal(
      409,
      `Something of ${name} is left at ${provider}: ${observed.text.replace(/\.$/, '')}. Only what is gone there is forgotten; a delete by its platform removes what is left.`
    )
  if (observed.state !== 'gone')
    throw new Refusal(409, `${name} stands at ${provider}: only what is gone there is forgotten.`)
  const listings = (await deps.list(provider)).filter((each) => each.family === family)
  for (const each of listings)
    if ('cannot' in each && each.why === 'no answer') throw nobodyCanTell(resource, each.cannot)
  if (standingIn(listings).some(({ mark }) => mark.resource === id))
    throw new Refusal(409, `${provider} still lists ${name}: only what is gone there is forgotten.`)
}

function nobodyCanTell({ name, provider }: Resource, why: string): Refusal {
  return new Refusal(
    409,
    `Nobody can tell whether ${name} is gone at ${provider}: ${why.replace(/\.$/, '')}. portolan instances purge forgets without asking.`
  )
}

function forgotten(
  { id, platform, osbId }: Instance,
  resource: Resource,
  bindings: readonly string[]
): Forgotten {
  return { id, platform, osbId, provider: resource.provider, name: resource.name, bindings }
}

function traceOf(
  deps: OperatorDeps,
  caller: OperatorCaller,
  { instance, resource }: Found,
  bindings: readonly string[]
) {
  const { provider, family, region, name } = resource
  return operatorTrace(caller, deps.now(), {
    action: 'forget',
    subject: `instance ${instance.osbId}`,
    platform: instance.platform,
    detail: { id: instance.id, bindings, resource: { provider, family, region, name } }
  })
}
