import type { Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { adminOf, adminPassword, closeNetwork } from './create.ts'
import { hasId, lookAt } from './find.ts'
import type { Located, Place } from './place.ts'
import { loginsOf } from './plan.ts'
import type { Servers } from './servers.ts'
import { isBroken, isReady } from './status.ts'
import { withLimit } from './update.ts'

/** Takes over what carries our mark. Nobody knows the password of what a list has found, so its own login gets that of the order. */
export async function adoptStep(
  client: Servers,
  order: Order,
  soFar: Place | undefined,
  call: Call
): Promise<Sighting> {
  if (!soFar || !hasId(soFar)) {
    throw new ProviderFailure(
      'invalid',
      "At Scaleway only what carries this broker's mark can be taken over."
    )
  }
  const instance = await lookAt(client, soFar, call)
  if (!instance) throw new ProviderFailure('not-found', 'it is not at Scaleway any more')
  if (isBroken(instance) || instance.status === 'deleting') {
    throw new ProviderFailure('conflict', `it is in state ${instance.status} at Scaleway`)
  }
  const place: Located = {
    ...withLimit(soFar, order.plan),
    ...loginsOf(order.plan),
    id: soFar.id,
    seen: true
  }
  if (!isReady(instance)) {
    return { state: 'pending', handle: place, note: `the instance at Scaleway is ${instance.status}` }
  }
  return (await setPassword(client, order, place, call)) ?? (await settle(client, order, place, call))
}

/** Of what is not there, or has another mark, the steps tell. */
export async function differences(
  client: Servers,
  place: Place,
  plan: JsonObject,
  call: Call
): Promise<readonly string[]> {
  const instance = hasId(place) ? await lookAt(client, place, call) : undefined
  return instance ? client.differences(instance, plan) : []
}

/** It is committed before it is set. Undefined: it is known and set. */
async function setPassword(
  client: Servers,
  order: Order,
  place: Located,
  call: Call
): Promise<Sighting | undefined> {
  const note = 'its own login gets a new password'
  if (place.password === undefined) {
    const handle = { ...place, password: adminPassword(order), passwordUnset: true as const }
    return { state: 'pending', handle, lookAgainInSeconds: 0, note }
  }
  if (!place.passwordUnset) return undefined
  await client.setPassword(call, place, adminOf(place), place.password)
  const { passwordUnset: _unset, ...set } = place
  return { state: 'pending', handle: set, lookAgainInSeconds: 0, note }
}

/** What is not there yet, because it was lost half made, is made. */
async function settle(client: Servers, order: Order, place: Located, call: Call): Promise<Sighting> {
  const closed = await closeNetwork(client, order, place, call)
  if (closed) return closed
  await client.furnish(call, place)
  const { rulesSent: _rulesSent, ...settled } = place
  return { state: 'ready', handle: { ...settled, made: true } }
}
