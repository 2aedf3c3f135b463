import { randomBytes } from 'node:crypto'
import type { Driver, Grant, Login } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Client } from './client.ts'
import { absentAsUndefined, hasId, lookAt } from './find.ts'
import type { Located, Place } from './place.ts'
import type { Servers } from './servers.ts'

type Bound = Awaited<ReturnType<NonNullable<Driver['bind']>>>

const LOOK_AGAIN_SECONDS = 2

/** Names are unique in an instance and passwords are ours, so what a lost answer made is the user that was wanted. */
export async function bind(
  client: Client,
  servers: Servers,
  at: Place,
  login: Login,
  parameters: JsonObject,
  call: Call
): Promise<Bound> {
  const place = await placeOf(servers, at, call)
  const grant: Grant = { handle: { v: 1, user: login.name } }
  if (!(await isThere(client, place, login.name, call))) {
    await client.createUser(call, place.region, place.id, login)
    return { state: 'pending', grant, lookAgainInSeconds: 0 }
  }
  const permission = parameters['access'] === 'read-only' ? 'readonly' : 'all'
  try {
    await client.setPrivilege(call, place.region, place.id, {
      user: login.name,
      database: place.name,
      permission
    })
  } catch (error) {
    if (!isTooEarly(error)) throw error
    return { state: 'pending', grant, lookAgainInSeconds: LOOK_AGAIN_SECONDS }
  }
  return { state: 'ready', grant }
}

/** A new user may not be there yet for whoever gives it rights. */
function isTooEarly(error: unknown): boolean {
  return error instanceof ProviderFailure && (error.kind === 'conflict' || error.kind === 'not-found')
}

/** Scaleway does not drop a user who owns anything: it stays, without rights, under a password that nobody knows. */
export async function unbind(
  client: Client,
  servers: Servers,
  at: Place,
  { name }: Login,
  call: Call
): Promise<void> {
  const place = await placeOf(servers, at, call)
  if (!(await isThere(client, place, name, call))) return
  const { region, id } = place
  await takeRights(client, place, name, call)
  try {
    await client.deleteUser(call, region, id, name)
  } catch (error) {
    if (!isInUse(error)) throw error
    await client.setPassword(call, region, id, name, `${randomBytes(32).toString('base64url')}Aa1!`)
    call.note('a user at Scaleway owns what its binding made: it is locked out, and stays')
  }
}

/** Where database or user is gone there is nothing to take. */
async function takeRights(
  client: Client,
  { region, id, name: database }: Located,
  user: string,
  call: Call
): Promise<void> {
  await absentAsUndefined(client.setPrivilege(call, region, id, { user, database, permission: 'none' }))
}

/** Told with 400, without a type of its own. */
function isInUse(error: unknown): boolean {
  return error instanceof ProviderFailure && (error.kind === 'invalid' || error.kind === 'conflict')
}

async function isThere(client: Client, { region, id }: Located, name: string, call: Call): Promise<boolean> {
  return (await client.users(call, region, id, name)).includes(name)
}

/** Throws `not-found` when the instance is gone, `conflict` when it is not ours. */
async function placeOf(servers: Servers, place: Place, call: Call): Promise<Located> {
  const instance = hasId(place) ? await lookAt(servers, place, call) : undefined
  if (!instance) throw new ProviderFailure('not-found', 'the instance at Scaleway is gone')
  return { ...place, id: instance.id }
}
