import type { Order, Sighting } from '../../src/contract/adapter.ts'
import type { Call } from '../../src/contract/ports.ts'
import { findMarked, hasId, lookAt, refuseForeign, removeInstance } from './find.ts'
import { rulesFor, sameRules } from './network-rules.ts'
import { type Located, type Place, secondsLeft, withoutInstance } from './place.ts'
import { loginsOf } from './plan.ts'
import type { Server, Servers } from './servers.ts'
import { isBroken, isReady } from './status.ts'

/** The login that owns the instance. It carries the order's name, so that no two instances' logins are ever taken for one another. */
export function adminOf(place: { readonly name: string }): string {
  return `portolan_${place.name}`
}

/** After as many attempts Scaleway will not keep the rules, and an instance with others is not handed out. */
const RULE_ATTEMPTS = 3

export async function createStep(
  client: Servers,
  lagSeconds: number,
  order: Order,
  soFar: Place | undefined,
  call: Call
): Promise<Sighting> {
  if (!soFar) return { state: 'pending', handle: chosen(client, order), lookAgainInSeconds: 0 }
  if (!hasId(soFar)) return begin(client, lagSeconds, order, soFar, call)
  const instance = await lookAt(client, soFar, call)
  if (!instance) return unseen(soFar, lagSeconds, call)
  if (instance.status === 'deleting') {
    return { state: 'pending', handle: withoutInstance(soFar, call.now), note: 'the instance was deleted' }
  }
  return advance(client, order, { ...soFar, seen: true }, instance, call)
}

function chosen(client: Servers, order: Order): Place {
  rulesFor(order.allowFrom)
  const { connectionLimit } = order.plan
  return {
    v: 1,
    region: client.placeOf(order),
    name: order.name,
    ...order.mark,
    password: adminPassword(order),
    ...loginsOf(order.plan),
    ...(typeof connectionLimit === 'number' ? { connectionLimit } : {})
  }
}

/** Scaleway wants a digit, an upper-case, a lower-case and a special character among 8 to 128. */
export function adminPassword(order: Order): string {
  return `${order.secret('admin')}Aa1!`
}

/**
 * Finds what an earlier attempt made, else asks for it. There is no idempotency key, and a list may lag: after an attempt
 * whose end is unknown nothing is asked for until everything it could have made would be shown.
 */
async function begin(
  client: Servers,
  lagSeconds: number,
  order: Order,
  place: Place,
  call: Call
): Promise<Sighting> {
  const found = await findMarked(client, place, call)
  const [oldest, ...others] = found.filter(({ status }) => status !== 'deleting')
  if (oldest) {
    for (const other of others) await removeInstance(client, place.region, other, call)
    return { state: 'pending', handle: { ...place, id: oldest.id, seen: true }, lookAgainInSeconds: 0 }
  }
  if (found.length > 0)
    return { state: 'pending', handle: place, note: 'an earlier instance is being deleted' }
  await refuseForeign(client, place, call)
  const wait = place.quietSince === undefined ? 0 : secondsLeft(place.quietSince, lagSeconds, call.now)
  if (wait > 0) return waiting(place, wait)
  if (call.attempt > 1) return waiting({ ...place, quietSince: call.now.toISOString() }, lagSeconds)
  return ask(client, order, place, call)
}

function waiting(place: Place, seconds: number): Sighting {
  return {
    state: 'pending',
    handle: place,
    lookAgainInSeconds: seconds,
    note: 'an earlier request may still become visible'
  }
}

async function ask(client: Servers, order: Order, place: Place, call: Call): Promise<Sighting> {
  const instance = await client.order(call, place.region, order, adminOf(order), adminPassword(order))
  const { quietSince: _quietSince, ...rest } = place
  return { state: 'pending', handle: { ...rest, id: instance.id }, note: 'the instance is being made' }
}

/** New instances may be unknown under their id for a while. */
function unseen(place: Place, lagSeconds: number, call: Call): Sighting {
  const since = place.quietSince ?? call.now.toISOString()
  if (place.seen || (place.quietSince !== undefined && secondsLeft(since, lagSeconds, call.now) === 0)) {
    return { state: 'pending', handle: withoutInstance(place, call.now), note: 'the instance has vanished' }
  }
  return { state: 'pending', handle: { ...place, quietSince: since }, note: 'the instance is not shown yet' }
}

async function advance(
  client: Servers,
  order: Order,
  place: Located,
  instance: Server,
  call: Call
): Promise<Sighting> {
  if (isBroken(instance)) {
    return { state: 'broken', handle: place, note: `the instance at Scaleway is in state ${instance.status}` }
  }
  if (!isReady(instance)) {
    return { state: 'pending', handle: place, note: `the instance at Scaleway is ${instance.status}` }
  }
  const closed = await closeNetwork(client, order, place, call)
  if (closed) return closed
  await client.furnish(call, place)
  await removeTwins(client, place, call)
  const { rulesSent: _rulesSent, quietSince: _quietSince, ...settled } = place
  return { state: 'ready', handle: { ...settled, made: true } }
}

/** A new public instance is open to everybody, so this comes before there is anything in it. Undefined: it is as ordered. */
export async function closeNetwork(
  client: Servers,
  order: Order,
  place: Located,
  call: Call
): Promise<Sighting | undefined> {
  const wanted = rulesFor(order.allowFrom)
  if (sameRules(wanted, await client.acls(call, place.region, place.id))) return undefined
  const rulesSent = (place.rulesSent ?? 0) + 1
  if (rulesSent > RULE_ATTEMPTS) {
    return { state: 'broken', handle: place, note: 'Scaleway does not keep the network rules' }
  }
  await client.replaceAcls(call, place.region, place.id, wanted)
  return { state: 'pending', handle: { ...place, rulesSent }, note: 'the network rules are being set' }
}

async function removeTwins(client: Servers, place: Located, call: Call): Promise<void> {
  for (const each of await findMarked(client, place, call)) {
    if (each.id !== place.id) await removeInstance(client, place.region, each, call)
  }
}
