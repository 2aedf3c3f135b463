import type { Listed } from '../../contract/adapter.ts'
import type { Instance } from '../../domain/instance.ts'
import { randomSeed } from '../../domain/names.ts'
import { newId } from '../../domain/new-id.ts'
import type { Plan } from '../../domain/offer.ts'
import { Refusal } from '../../domain/refusal.ts'
import { provisionIdentity } from '../../domain/request-identity.ts'
import type { Resource } from '../../domain/resource.ts'
import { revisionOf } from '../../domain/revision.ts'
import type { Session } from '../../store/session.ts'
import { labelsOf } from '../instance-answer.ts'
import type { AdoptRequest } from './adopt-instance.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { operatorTrace } from './trace.ts'

/** After so long it has not worked. */
const DEADLINE_MS = 15 * 60_000

/** What shall be adopted, found and checked. */
export interface Adopted {
  readonly request: AdoptRequest
  readonly plan: Plan
  readonly region: string
  readonly listed: Listed | undefined
  /** What it is where the books do not know it. */
  readonly stranger: Pick<Resource, 'id' | 'generation' | 'seed'>
}

/** Its mark says what it is, or it gets one. */
export function strangerOf(listed: Listed | undefined): Adopted['stranger'] {
  const { resource, generation } = listed?.mark ?? { resource: newId(), generation: 1 }
  return { id: resource, generation, seed: randomSeed() }
}

/** As it would stand in the books; nothing where the id is taken: then it is the same order again, or refused. */
export async function resourceToAdopt(
  { store }: OperatorDeps,
  session: Session,
  adopted: Adopted
): Promise<Resource | undefined> {
  const { request } = adopted
  const existing = await store.instances.find(session, request.platform, request.instance)
  if (existing && existing.deletedAt === undefined) return undefined
  return resourceOf(adopted, await knownAs(store, session, adopted))
}

/** Intent: instance, resource and operation are committed before the provider hears of them. */
export async function acceptAdoption(
  deps: OperatorDeps,
  session: Session,
  operator: OperatorCaller,
  adopted: Adopted
): Promise<string> {
  const { store } = deps
  const { request, plan } = adopted
  const existing = await store.instances.hold(session, request.platform, request.instance)
  if (existing && existing.deletedAt === undefined) return again(deps, session, existing, adopted)
  if (adopted.listed) await store.orphans.hold(session, adopted.listed.mark.resource)
  const known = await knownAs(store, session, adopted)
  const resource = resourceOf(adopted, known)
  const instance = instanceOf(deps, adopted, resource)
  const { digest, body } = revisionOf(plan)
  await store.planRevisions.keep(session, digest, body, plan.id)
  await store.instances.insert(session, instance)
  if (known) await store.resources.change(session, resource.id, changeOf(resource))
  else await store.resources.insert(session, resource, instance.createdAt)
  await store.operations.insert(session, {
    id: instance.operation,
    kind: 'adopt',
    stage: 'take',
    platform: instance.platform,
    instance: instance.id,
    resource: resource.id,
    answered: true,
    deadlineMs: DEADLINE_MS,
    now: deps.now()
  })
  await store.audit.insert(session, traceOf(deps, operator, instance, resource, adopted))
  return instance.operation
}

/** The same order again; anything else under this id is refused. */
async function again(
  { store }: OperatorDeps,
  session: Session,
  existing: Instance,
  { request, plan }: Adopted
): Promise<string> {
  const resource = await store.resources.byId(session, existing.resource)
  const isSame = resource?.name === request.name && resource.provider === plan.provider
  const last = isSame ? await store.operations.lastOf(session, 'adopt', resource.id) : undefined
  const isOurs = last?.instance === existing.id
  if (isOurs && existing.planIds.includes(plan.id)) return last.id
  if (isOurs) {
    const stands = await store.planRevisions.byDigest(session, existing.revision)
    throw new Refusal(
      409,
      `${request.name} is the service instance ${request.instance} of the platform ${request.platform} already, under the plan ${stands?.name ?? existing.planId}. Another plan is an update, which its platform asks for.`
    )
  }
  throw new Refusal(
    409,
    `The platform ${request.platform} has a service instance ${request.instance} already; one whose resource is gone can be forgotten: portolan instances forget ${existing.id}.`
  )
}

/** What the books know of it; refused where it is not free to be adopted. */
async function knownAs(
  store: OperatorDeps['store'],
  session: Session,
  adopted: Adopted
): Promise<Resource | undefined> {
  const { request, listed } = adopted
  const namesake = await store.resources.byName(session, request.name)
  const known = listed ? await store.resources.byId(session, listed.mark.resource) : namesake
  if (namesake && namesake.id !== known?.id)
    throw new Refusal(409, `The books know another resource by the name ${request.name}.`)
  if (!known) return undefined
  const [open] = await store.operations.openOfResource(session, known.id)
  if (open) throw new Refusal(409, `The ${open.kind} ${open.id} is in progress on ${known.name}.`)
  const owner = await store.instances.pointingAt(session, known.id)
  if (owner) throw new Refusal(409, `${known.name} belongs to the service instance ${owner.osbId}.`)
  if (known.state !== 'gone') throw new Refusal(409, `${known.name} is no orphan: it is ${known.state}.`)
  if (!isTheSame(known, adopted))
    throw new Refusal(
      409,
      `The books call something else ${known.name}: at ${known.provider}, of generation ${known.generation}.`
    )
  return known
}

function isTheSame(known: Resource, { plan, listed }: Adopted): boolean {
  const generation = listed?.mark.generation ?? known.generation
  return known.provider === plan.provider && known.family === plan.family && known.generation === generation
}

function resourceOf(adopted: Adopted, known: Resource | undefined): Resource {
  const { request, plan, region, listed, stranger } = adopted
  const { name, platform } = request
  const { id, generation, seed } = known ?? stranger
  const handle = known?.handle ?? listed?.handle
  return {
    id,
    instance: newId(),
    platform,
    provider: plan.provider,
    family: plan.family,
    region,
    name,
    generation,
    state: 'making',
    revision: revisionOf(plan).digest,
    seed,
    ...(handle === undefined ? {} : { handle })
  }
}

function changeOf({ instance, platform, region, state, revision, handle }: Resource) {
  return { instance, platform, region, state, revision, ...(handle === undefined ? {} : { handle }) }
}

function instanceOf(deps: OperatorDeps, { request, plan, region }: Adopted, resource: Resource): Instance {
  const { platform, instance: osbId, organization = '', space = '', parameters = {}, view } = request
  const identity = { serviceId: plan.offeringId, planId: plan.id, organization, space, parameters }
  return {
    id: resource.instance,
    platform,
    osbId,
    state: 'creating',
    serviceId: plan.offeringId,
    planId: plan.id,
    planIds: [plan.id],
    revision: resource.revision,
    organization,
    space,
    requestHash: deps.store.seal.hash(provisionIdentity(identity)),
    parameters,
    context: {},
    view: view ?? 'cloudfoundry',
    region,
    resource: resource.id,
    operation: newId(),
    usable: false,
    labels: labelsOf(plan, deps.catalog.current().providers.get(plan.provider), region),
    createdAt: deps.now()
  }
}

function traceOf(
  deps: OperatorDeps,
  operator: OperatorCaller,
  instance: Instance,
  resource: Resource,
  { plan, listed }: Adopted
) {
  const { provider, family, region, name } = resource
  return operatorTrace(operator, deps.now(), {
    action: 'adopt',
    subject: `instance ${instance.osbId}`,
    platform: instance.platform,
    operation: instance.operation,
    detail: {
      id: instance.id,
      plan: plan.name,
      resource: { provider, family, region, name },
      wasMarked: listed !== undefined
    }
  })
}
