import type { Order, Sighting } from '../../src/contract/adapter.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { findAll, hasId, lookAt, refuseForeign, removeService, UNSHOWN_SECONDS } from './find.ts'
import { descriptionOf } from './mark.ts'
import { rulesFor, sameRules } from './network-rules.ts'
import { type Located, type Place, secondsLeft, withoutService } from './place.ts'
import { loginsOf, readPlan } from './plan.ts'
import { chosenNetwork, isElsewhere } from './private-network.ts'
import type { Settings } from './settings.ts'
import { isBroken, isGoing, isReady } from './status.ts'
import type { Service } from './types.ts'

/** What one kind of service needs beyond its neighbours. */
export interface Kind {
  /** Of the endpoint, which tells what listens there. */
  readonly component: string
  /** One step inside a ready service that lets in only whom it should. Undefined: nothing is left to do. */
  furnish(services: Services, place: Located, service: Service, call: Call): Promise<Sighting | undefined>
}

/** After as many attempts OVHcloud will not keep the rules, and a service with others is not handed out. */
const RULE_ATTEMPTS = 3

export async function createStep(
  services: Services,
  kind: Kind,
  settings: Settings,
  order: Order,
  soFar: Place | undefined,
  call: Call
): Promise<Sighting> {
  const { listLagSeconds: lagSeconds } = settings
  if (!soFar) return { state: 'pending', handle: chosen(settings, order), lookAgainInSeconds: 0 }
  if (!hasId(soFar)) return begin(services, lagSeconds, order, soFar, call)
  const service = await lookAt(services, soFar, call)
  if (!service) return unseen(soFar, lagSeconds, call)
  if (isGoing(service)) {
    return { state: 'pending', handle: withoutService(soFar, call.now), note: 'the service was deleted' }
  }
  return advance(services, kind, order, { ...soFar, seen: true }, service, call)
}

function chosen(settings: Settings, order: Order): Place {
  rulesFor(order.allowFrom)
  const { connectionLimit, diskGb } = readPlan(order.plan)
  return {
    v: 1,
    region: order.region,
    name: order.name,
    ...order.mark,
    ...loginsOf(order.plan),
    ...chosenNetwork(settings, order),
    ...(connectionLimit === undefined ? {} : { connectionLimit }),
    ...(diskGb === undefined ? {} : { diskGb })
  }
}

/**
 * Finds what an earlier attempt made, else asks for it. There is no idempotency key, a request that is answered 500 may have worked, and
 * a list may lag: after an attempt whose end is unknown nothing is asked for until everything it could have made would be shown.
 */
async function begin(
  services: Services,
  lagSeconds: number,
  order: Order,
  place: Place,
  call: Call
): Promise<Sighting> {
  const found = await findAll(services, place, call)
  const [oldest, ...others] = found.marked.filter((each) => !isGoing(each))
  if (oldest) {
    for (const other of others) await removeService(services, other, call)
    return { state: 'pending', handle: { ...place, id: oldest.id, seen: true }, lookAgainInSeconds: 0 }
  }
  if (found.marked.length > 0) {
    return { state: 'pending', handle: place, note: 'an earlier service is being deleted' }
  }
  refuseForeign(found, place)
  const wait = place.quietSince === undefined ? 0 : secondsLeft(place.quietSince, lagSeconds, call.now)
  if (wait > 0) return waiting(place, wait)
  if (place.quietSince !== undefined && found.unshown > 0) return waiting(place, UNSHOWN_SECONDS)
  if (call.attempt > 1) return waiting({ ...place, quietSince: call.now.toISOString() }, lagSeconds)
  return ask(services, order, place, call)
}

function waiting(place: Place, seconds: number): Sighting {
  return {
    state: 'pending',
    handle: place,
    lookAgainInSeconds: seconds,
    note: 'an earlier request may still become visible'
  }
}

async function ask(services: Services, order: Order, place: Place, call: Call): Promise<Sighting> {
  const { plan, version, flavor, nodes, diskGb } = readPlan(order.plan)
  const service = await services.create(call, {
    description: descriptionOf(order.name, order.mark),
    plan,
    version,
    flavor,
    nodes,
    region: order.region,
    rules: rulesFor(order.allowFrom),
    ...(place.networkId === undefined ? {} : { networkId: place.networkId }),
    ...(place.subnetId === undefined ? {} : { subnetId: place.subnetId }),
    ...(diskGb === undefined ? {} : { diskGb })
  })
  const { quietSince, ...rest } = place
  const again = quietSince === undefined ? {} : { askedAgain: true as const }
  return {
    state: 'pending',
    handle: { ...rest, ...again, id: service.id },
    note: 'the service is being made'
  }
}

/** New services may be unknown under their id for a while. */
function unseen(place: Place, lagSeconds: number, call: Call): Sighting {
  const since = place.quietSince ?? call.now.toISOString()
  if (place.seen || (place.quietSince !== undefined && secondsLeft(since, lagSeconds, call.now) === 0)) {
    return { state: 'pending', handle: withoutService(place, call.now), note: 'the service has vanished' }
  }
  return { state: 'pending', handle: { ...place, quietSince: since }, note: 'the service is not shown yet' }
}

/** From a service that stands. */
export async function advance(
  services: Services,
  kind: Kind,
  order: Order,
  place: Located,
  service: Service,
  call: Call
): Promise<Sighting> {
  if (isBroken(service)) {
    return { state: 'broken', handle: place, note: `the service at OVHcloud is in state ${service.status}` }
  }
  if (!isReady(service, kind.component)) {
    return { state: 'pending', handle: place, note: `the service at OVHcloud is ${service.status}` }
  }
  if (isElsewhere(place, service)) {
    return { state: 'broken', handle: place, note: 'the service at OVHcloud stands in another network' }
  }
  const step =
    (await setRules(services, order, place, service, call)) ??
    (await kind.furnish(services, place, service, call))
  if (step) return step
  if (place.askedAgain) await removeTwins(services, place, call)
  return { state: 'ready', handle: settled(place) }
}

/** What only matters on the way there is left out. */
export function settled(place: Place): Place {
  const { rulesSent: _rulesSent, quietSince: _quiet, passwordSince: _since, ...rest } = place
  return { ...rest, made: true }
}

/** Undefined: they are as ordered. */
export async function setRules(
  services: Services,
  order: Order,
  place: Located,
  service: Service,
  call: Call
): Promise<Sighting | undefined> {
  const wanted = rulesFor(order.allowFrom)
  if (sameRules(wanted, service.rules)) return undefined
  const rulesSent = (place.rulesSent ?? 0) + 1
  if (rulesSent > RULE_ATTEMPTS) {
    return { state: 'broken', handle: place, note: 'OVHcloud does not keep the network rules' }
  }
  await services.change(call, place.id, {
    ipRestrictions: wanted.map(({ ip, description }) => ({ ip, description }))
  })
  return { state: 'pending', handle: { ...place, rulesSent }, note: 'the network rules are being set' }
}

async function removeTwins(services: Services, place: Located, call: Call): Promise<void> {
  for (const each of (await findAll(services, place, call)).marked) {
    if (each.id !== place.id) await removeService(services, each, call)
  }
}
