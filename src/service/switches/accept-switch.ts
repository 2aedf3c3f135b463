import type { JsonObject } from '../../contract/json.ts'
import { makesLogins } from '../../contract/makes-logins.ts'
import type { MoveFinding } from '../../contract/move.ts'
import { guard } from '../../domain/guard.ts'
import type { Instance } from '../../domain/instance.ts'
import { newId } from '../../domain/new-id.ts'
import { newTarget } from '../../domain/new-target.ts'
import type { Plan } from '../../domain/offer.ts'
import type { Operation } from '../../domain/operation.ts'
import type { Platform } from '../../domain/platform.ts'
import { Refusal, refuse } from '../../domain/refusal.ts'
import type { Resource } from '../../domain/resource.ts'
import { revisionOf } from '../../domain/revision.ts'
import { blockers, type Directive, type Place, type Switch } from '../../domain/switch.ts'
import type { Session } from '../../store/session.ts'
import type { Deps } from '../deps.ts'
import { labelsOf } from '../instance-answer.ts'
import { deadlineMs } from '../plans.ts'

/** A move that is asked for, checked as far as the catalog goes. */
export interface Wanted {
  readonly kind: Switch['kind']
  readonly instance: Instance
  readonly from: Plan
  readonly to: Plan
  /** Of the target. */
  readonly region: string
  /** Of the instance once it is there. */
  readonly parameters: JsonObject
  readonly context?: JsonObject
  readonly directive: Directive
  /** What makes a request the same, hashed; absent where nobody repeats it. */
  readonly requestHash?: string
  /** Of the request, for the rotation of keys. */
  readonly identity?: string
}

/** Why it cannot be: before anything is kept or touched. What can be accepted is named with how. */
export function refuseSwitch(
  deps: Deps,
  platform: Platform,
  { from, to, instance, region, directive }: Omit<Wanted, 'kind'>
): void {
  const unable = whyUnable(deps, from, to)
  if (unable) throw refused(unable)
  const found = blockers(guardFindings(deps, platform, { from, to, instance, region }), directive.accept)
  if (found.length === 0) return
  throw refused(found.map(({ id, text, remedy }) => `${id}: ${text} ${remedy ?? ''}`.trim()).join(' '))
}

/** What the catalog and the platform's policy say of a move. */
export function guardFindings(
  deps: Deps,
  platform: Platform,
  { from, to, instance, region }: Pick<Wanted, 'from' | 'to' | 'instance' | 'region'>
): readonly MoveFinding[] {
  const { providers } = deps.catalog.current()
  return guard(
    { plan: from, provider: providers.get(from.provider), region: instance.region },
    { plan: to, provider: providers.get(to.provider), region },
    platform.forbids
  )
}

/** No copy plan, no cut-over. */
export function whyUnable({ registry }: Deps, from: Plan, to: Plan): string | undefined {
  if (from.family !== to.family) return `${from.name} and ${to.name} are not the same kind of service`
  if (!registry.family(from.family)?.move)
    return `instances of ${from.family} cannot switch provider or region yet`
  for (const plan of [from, to]) {
    const driver = registry.driver(plan.provider, plan.family)
    if (!driver) return `the provider ${plan.provider} is not configured`
    if (driver.makesLogins?.(plan.driverPlan))
      return `${plan.provider} makes the logins of ${plan.name}: its instances cannot switch provider or region`
    if (!driver.access || makesLogins(driver, plan.driverPlan))
      return `${plan.provider} gives no way into its databases: its instances cannot switch provider or region`
  }
  return undefined
}

function refused(text: string): Refusal {
  return new Refusal(422, text, { instanceUsable: true, updateRepeatable: false })
}

/** Intent: the target, the switch and its operation are committed before a provider hears of them. */
export async function keepSwitch(deps: Deps, session: Session, wanted: Wanted): Promise<Operation> {
  const { store, runner, settings, now } = deps
  const { instance, to, kind } = wanted
  await refuseIfMoving(deps, session, instance)
  const id = newId()
  const claimed = runner.hasRoom(to.provider)
  const target = await targetOf(deps, session, wanted)
  await store.resources.insert(session, target, now())
  await store.switches.insert(session, recordOf(deps, id, wanted, target))
  const operation = await store.operations.insert(session, {
    id,
    kind: kind === 'switch' ? 'switch' : 'rehearse',
    stage: 'precheck',
    platform: instance.platform,
    instance: instance.id,
    resource: target.id,
    provider: to.provider,
    ...(wanted.requestHash === undefined ? {} : { requestHash: wanted.requestHash }),
    request: requestOf(deps, wanted),
    revision: target.revision,
    answered: true,
    deadlineMs: wanted.directive.withinMs ?? deadlineMs(deps, 'switch', to),
    now: now(),
    ...(claimed ? { leaseMs: settings.leaseMs } : {})
  })
  if (kind === 'switch')
    await store.instances.change(session, instance.id, {
      operation: id,
      planIds: [...new Set([...instance.planIds, to.id])]
    })
  return operation
}

/** One switch or rehearsal of an instance at a time; a rehearsal is not its last operation, and blocks nothing else. */
async function refuseIfMoving({ store }: Deps, session: Session, { id }: Instance): Promise<void> {
  const open = await store.operations.openOfInstance(session, id)
  if (open.some(({ kind }) => kind === 'switch' || kind === 'rehearse')) throw refuse('ConcurrencyError')
}

/** What the cut-over writes into the instance. */
function requestOf(deps: Deps, { to, region, parameters, context, identity }: Wanted): JsonObject {
  const provider = deps.catalog.current().providers.get(to.provider)
  return {
    ...(identity === undefined ? {} : { identity }),
    parameters,
    labels: labelsOf(to, provider, region),
    ...(context ? { context } : {})
  }
}

async function targetOf(
  { store }: Deps,
  session: Session,
  { instance, to, region }: Wanted
): Promise<Resource> {
  const { digest, body } = revisionOf(to)
  await store.planRevisions.keep(session, digest, body, to.id)
  const earlier = await store.resources.ofInstance(session, instance.id)
  const generation = Math.max(0, ...earlier.map((each) => each.generation)) + 1
  return newTarget(instance, to, region, generation)
}

function recordOf({ now }: Deps, id: string, wanted: Wanted, target: Resource): Switch {
  const { kind, instance, from, to, region, directive } = wanted
  const at = now()
  return {
    id,
    kind,
    platform: instance.platform,
    instance: instance.id,
    fromResource: instance.resource,
    toResource: target.id,
    from: placeOf(from, instance.region),
    to: placeOf(to, region),
    state: 'precheck',
    directive,
    go: false,
    timeline: [{ state: 'precheck', at }],
    createdAt: at
  }
}

function placeOf({ provider, name }: Plan, region: string): Place {
  return { provider, plan: name, region }
}
