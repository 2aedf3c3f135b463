import type { Listed } from '../../contract/adapter.ts'
import type { FailureKind } from '../../contract/errors.ts'
import type { View } from '../../contract/family.ts'
import type { JsonObject } from '../../contract/json.ts'
import type { Caller } from '../../domain/caller.ts'
import { standingIn } from '../../domain/drift.ts'
import type { Plan } from '../../domain/offer.ts'
import { Refusal } from '../../domain/refusal.ts'
import { checkNetworks, checkParameters } from '../plans.ts'
import { type Adopted, acceptAdoption, resourceToAdopt, strangerOf } from './accept-adoption.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { findOperation } from './find-operation.ts'
import { type OperationView, operationView } from './operation-view.ts'
import { orphansAmong } from './orphans-among.ts'

/** What shall become whose instance. */
export interface AdoptRequest {
  /** What it is called at the provider. */
  readonly name: string
  /** Its name or its id: says the provider, too. */
  readonly plan: string
  /** The offering's name or id, where several have a plan of that name. */
  readonly service?: string
  readonly platform: string
  /** The platform's id of the instance: what it sends from now on. */
  readonly instance: string
  readonly organization?: string
  readonly space?: string
  /** Of what does not carry our mark; default: the plan's. */
  readonly region?: string
  /** As the platform would send them: they decide what is the same request. */
  readonly parameters?: JsonObject
  readonly view?: View
}

const VERSION = { major: 2, minor: 17 } as const
const WAIT_MS = 10_000

/**
 * What stands at a provider becomes an instance's, without being made anew: an orphan as it is, anything else where its driver can
 * take it over. Asked again it answers the same operation.
 */
export async function adoptInstance(
  deps: OperatorDeps,
  operator: OperatorCaller,
  request: AdoptRequest
): Promise<OperationView> {
  const { store } = deps
  const caller = callerFor(deps, operator, request.platform)
  const { plan, seen } = planNamed(deps, caller, request)
  checkParameters(deps, 'create', seen, request.parameters ?? {})
  checkNetworks(deps, caller, plan)
  const listed = await listedAs(deps, plan, request.name)
  const region = regionOf(request, seen, listed)
  const adopted = { request, plan, region, listed, stranger: strangerOf(listed) }
  await refuseUnfit(deps, caller, adopted)
  const id = await store.database.write((session) => acceptAdoption(deps, session, operator, adopted))
  deps.runner.wake()
  await deps.runner.ended(id, WAIT_MS)
  return operationView(await store.database.read((session) => findOperation(deps, session, id)))
}

const STATUSES: Readonly<Partial<Record<FailureKind, number>>> = { 'not-found': 404, conflict: 409 }

/** What can be known now is said now. */
async function refuseUnfit(deps: OperatorDeps, caller: Caller, adopted: Adopted): Promise<void> {
  const { request, plan } = adopted
  const resource = await deps.store.database.read((session) => resourceToAdopt(deps, session, adopted))
  const failure =
    resource &&
    (await deps.lookToAdopt({
      resource,
      plan,
      instead: othersOf(deps, caller, adopted),
      parameters: request.parameters ?? {}
    }))
  if (failure) throw new Refusal(STATUSES[failure.kind] ?? 422, failure.message)
}

/** Of the same service, provider and region. */
function othersOf(deps: OperatorDeps, { platform }: Caller, { plan, region }: Adopted): readonly Plan[] {
  const { offerings } = deps.catalog.seenBy(platform)
  const plans = offerings.find(({ id }) => id === plan.offeringId)?.plans ?? []
  return plans.filter(
    ({ id, provider, regions }) => id !== plan.id && provider === plan.provider && regions.includes(region)
  )
}

/** What a platform may not have nobody adopts for it. */
function callerFor({ platform }: OperatorDeps, { requestId }: OperatorCaller, name: string): Caller {
  const found = platform(name)
  if (!found) throw new Refusal(400, `There is no platform ${name} in the settings.`)
  return { platform: found, version: VERSION, requestId }
}

/** A plan's name says its service only where no other service has one of that name. */
function planNamed(
  deps: OperatorDeps,
  { platform }: Caller,
  { plan: named, service }: AdoptRequest
): { plan: Plan; seen: Plan } {
  const offerings = deps.catalog
    .seenBy(platform)
    .offerings.filter(({ id, name }) => service === undefined || id === service || name === service)
  const candidates = offerings.flatMap((offering) =>
    offering.plans
      .filter(({ id, name }) => id === named || name === named)
      .map((seen) => ({ seen, offering: offering.name }))
  )
  const [first, ...others] = candidates
  const plan = first && deps.catalog.current().plan(first.seen.id)
  if (!plan) {
    const where = service === undefined ? '' : ` of a service ${service}`
    throw new Refusal(
      400,
      `The platform ${platform.name} sees no plan ${named}${where}: portolan catalog show --platform ${platform.name} lists what it sees.`
    )
  }
  if (others.length === 0) return { plan, seen: first.seen }
  const all = candidates.map(({ offering, seen: { id } }) => `${offering} (${id})`).join(', ')
  throw new Refusal(
    409,
    `Several services have a plan ${named}: ${all}. Say which service is meant, or give the plan's id.`
  )
}

/** What carries our mark under that name; nothing where it is for the driver to take over. */
async function listedAs(deps: OperatorDeps, plan: Plan, name: string): Promise<Listed | undefined> {
  const { provider, family } = plan
  const driver = deps.registry.driver(provider, family)
  const listing = (await deps.list(provider)).find((each) => each.family === family)
  if (listing && 'cannot' in listing && listing.why === 'no answer')
    throw new Refusal(409, `${provider} cannot be asked what stands there: ${listing.cannot}`)
  if (listing) await orphansAmong(deps, [listing])
  const named = standingIn(listing ? [listing] : []).filter((each) => each.name === name)
  const [listed, twin] = named
  if (twin) throw new Refusal(409, `Several things at ${provider} are called ${name}.`)
  if (!listed && !driver?.adopt)
    throw new Refusal(
      422,
      `Nothing called ${name} stands at ${provider} with this broker's mark, and it cannot take over anything else there.`
    )
  return listed
}

function regionOf(request: AdoptRequest, seen: Plan, listed: Listed | undefined): string {
  const asked = request.region ?? request.parameters?.['region']
  const region = listed?.region ?? (typeof asked === 'string' ? asked : seen.defaultRegion)
  if (typeof asked === 'string' && asked !== region)
    throw new Refusal(422, `${request.name} stands in the region ${region}.`)
  if (!seen.regions.includes(region))
    throw new Refusal(422, `The plan ${seen.name} has no region ${region}, only ${seen.regions.join(', ')}.`)
  return region
}
