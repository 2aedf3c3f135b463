import type { JsonObject } from '../contract/json.ts'
import type { Answer, Caller } from '../domain/caller.ts'
import { judgeProvision } from '../domain/decide.ts'
import type { Instance } from '../domain/instance.ts'
import { randomName, randomSeed } from '../domain/names.ts'
import { newId } from '../domain/new-id.ts'
import type { Plan } from '../domain/offer.ts'
import { Refusal, refuse } from '../domain/refusal.ts'
import { provisionIdentity } from '../domain/request-identity.ts'
import type { Resource } from '../domain/resource.ts'
import { revisionOf } from '../domain/revision.ts'
import type { Session } from '../store/session.ts'
import { begin } from './begin.ts'
import { type Accepted, begun, conclude, failureRefusal } from './conclude.ts'
import type { Deps } from './deps.ts'
import { instanceMetadata, labelsOf } from './instance-answer.ts'
import {
  type Choice,
  checkMaintenance,
  checkNetworks,
  checkParameters,
  choose,
  regionFor,
  requireAsync
} from './plans.ts'
import { type ProvisionRequest, parseProvision, viewOf } from './requests.ts'
import { trace } from './trace.ts'

/** PUT /v2/service_instances/{id}. */
export async function provision(
  deps: Deps,
  caller: Caller,
  osbId: string,
  acceptsIncomplete: boolean,
  body: JsonObject
): Promise<Answer> {
  const request = parseProvision(body)
  const { store } = deps
  const accepted = await store.database.write(async (session) => {
    const existing = await store.instances.hold(session, caller.platform.name, osbId)
    const known = existing && (await again(deps, session, existing, request))
    return known ?? accept(deps, session, caller, osbId, acceptsIncomplete, request)
  })
  store.planRevisions.remember(accepted.instance.revision)
  return conclude(deps, accepted.outcome, acceptsIncomplete, {
    accepted: instanceMetadata(accepted.instance),
    done: async () => ({
      status: accepted.isNew ? 201 : 200,
      body: instanceMetadata(accepted.instance)
    }),
    failed: (operation) => failureRefusal(operation, 400)
  })
}

interface Provisioned {
  readonly outcome: Accepted
  readonly instance: Pick<Instance, 'labels' | 'revision'>
  /** This very request made it. */
  readonly isNew: boolean
}

/** The answer to a request for an id that is taken; nothing when the id is free. */
async function again(
  deps: Deps,
  session: Session,
  existing: Instance,
  request: ProvisionRequest
): Promise<Provisioned | undefined> {
  const same = deps.store.seal.matches(existing.requestHash, provisionIdentity(request))
  const verdict = judgeProvision(existing.state, same)
  switch (verdict) {
    case 'new':
      return undefined
    case 'conflict':
      throw new Refusal(409, 'another service instance with this id and other attributes is there already')
    case 'busy':
      throw refuse('ConcurrencyError')
    case 'done':
      return answered(existing, { status: 200, body: instanceMetadata(existing) })
    case 'failed':
      return answered(existing, {
        status: 202,
        body: { ...instanceMetadata(existing), operation: existing.operation }
      })
    case 'running': {
      const operation = await deps.store.operations.byId(session, existing.operation)
      const outcome: Accepted = {
        kind: 'operation',
        operationId: existing.operation,
        answered: operation?.answered ?? true
      }
      return { outcome, instance: existing, isNew: false }
    }
  }
}

function answered(instance: Instance, answer: Answer): Provisioned {
  return { outcome: { kind: 'answer', answer }, instance, isNew: false }
}

/** Intent: instance, resource and operation are committed before a provider hears of them. */
async function accept(
  deps: Deps,
  session: Session,
  caller: Caller,
  osbId: string,
  acceptsIncomplete: boolean,
  request: ProvisionRequest
): Promise<Provisioned> {
  const { store } = deps
  const choice = choose(deps, caller, request.serviceId, request.planId)
  checkParameters(deps, 'create', choice.seen, request.parameters)
  const region = regionFor(choice, request.parameters)
  checkNetworks(deps, caller, choice.plan)
  requireAsync(choice.plan, acceptsIncomplete)
  checkMaintenance(choice.plan, request.maintenanceVersion)
  await checkQuotas(deps, session, caller, request.organization)

  const instance = intent(deps, caller, osbId, request, choice, region)
  const outcome = await keep(deps, session, instance, choice.plan)
  await store.audit.insert(
    session,
    trace(caller, instance.createdAt, {
      action: 'provision',
      subject: `instance ${osbId}`,
      operation: instance.operation,
      detail: { plan: choice.plan.name, region }
    })
  )
  return { outcome, instance, isNew: true }
}

async function keep(deps: Deps, session: Session, instance: Instance, plan: Plan): Promise<Accepted> {
  const { store } = deps
  const { digest, body } = revisionOf(plan)
  await store.planRevisions.keep(session, digest, body, plan.id)
  await store.instances.insert(session, instance)
  const resource = resourceOf(instance, plan)
  await store.resources.insert(session, resource, instance.createdAt)
  const operation = await begin(deps, session, instance, plan, {
    id: instance.operation,
    kind: 'create',
    stage: 'make'
  })
  return begun(operation, { instance, resource, plan })
}

function resourceOf(instance: Instance, plan: Plan): Resource {
  return {
    id: instance.resource,
    instance: instance.id,
    platform: instance.platform,
    provider: plan.provider,
    family: plan.family,
    region: instance.region,
    name: randomName('p'),
    generation: 1,
    state: 'making',
    revision: instance.revision,
    seed: randomSeed()
  }
}

function intent(
  deps: Deps,
  caller: Caller,
  osbId: string,
  request: ProvisionRequest,
  { plan }: Choice,
  region: string
): Instance {
  return {
    id: newId(),
    platform: caller.platform.name,
    osbId,
    state: 'creating',
    serviceId: request.serviceId,
    planId: plan.id,
    planIds: [plan.id],
    revision: revisionOf(plan).digest,
    organization: request.organization,
    space: request.space,
    requestHash: deps.store.seal.hash(provisionIdentity(request)),
    parameters: request.parameters,
    context: request.context,
    view: viewOf(request.context) ?? 'cloudfoundry',
    region,
    resource: newId(),
    operation: newId(),
    usable: false,
    labels: labelsOf(plan, deps.catalog.current().providers.get(plan.provider), region),
    createdAt: deps.now()
  }
}

/** Counted in the accepting transaction, so that two requests at once cannot both take the last place. */
async function checkQuotas(
  deps: Deps,
  session: Session,
  caller: Caller,
  organization: string
): Promise<void> {
  const { name, quotas } = caller.platform
  const { instances, instancesPerOrganization } = quotas
  if (instances === undefined && instancesPerOrganization === undefined) return
  await deps.store.platforms.hold(session, name)
  if (instances !== undefined && (await deps.store.instances.countLiving(session, name)) >= instances) {
    throw new Refusal(400, `the quota of ${instances} service instances for this platform is used up`)
  }
  if (instancesPerOrganization === undefined) return
  if ((await deps.store.instances.countLiving(session, name, organization)) < instancesPerOrganization) return
  throw new Refusal(
    400,
    `the quota of ${instancesPerOrganization} service instances for this organization is used up`
  )
}
