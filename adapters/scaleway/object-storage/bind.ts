import type { Driver, Grant, Handle, Login } from '../../../src/contract/adapter.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import type { Call } from '../../../src/contract/ports.ts'
import type { NewApiKey } from '../iam-types.ts'
import { secondsLeft } from '../place.ts'
import { findApplication } from './applications.ts'
import { goneIsFine } from './gone.ts'
import { ACCESSES, type Access, readHandle } from './handle.ts'
import type { Store } from './store.ts'

type Bound = Awaited<ReturnType<NonNullable<Driver['bind']>>>

/**
 * A key of its own, described with the login's name. Scaleway tells a key's secret once: one whose answer was lost is removed, and
 * another made. What may still become visible is waited for, so that in the end there is one.
 */
export async function bind(
  store: Store,
  handle: Handle,
  login: Login,
  parameters: JsonObject,
  soFar: Grant | undefined,
  call: Call
): Promise<Bound> {
  const access: Access = parameters['access'] === 'read-only' ? 'read-only' : 'read-write'
  const application = await findApplication(store, readHandle(handle), access, call)
  if (application === undefined) {
    throw new ProviderFailure('not-found', 'The application of this instance is gone.')
  }
  const lost = await keysOf(store, application.id, login, call)
  let removed = 0
  for (const key of lost) if (await goneIsFine(store.iam.deleteApiKey(call, key))) removed += 1
  const quietSince = soFar?.handle['quietSince']
  const wait = typeof quietSince === 'string' ? secondsLeft(quietSince, store.listLagSeconds, call.now) : 0
  if (removed === 0 && wait > 0) return quiet(String(quietSince), wait)
  if (removed === 0 && call.attempt > 1) return quiet(call.now.toISOString(), store.listLagSeconds)
  const key = await store.iam.createApiKey(call, application.id, store.projectId, describing(login))
  return { state: 'ready', grant: grantOf(key) }
}

/** Whoever has the login's name on a key: also what a bind made that was never heard of. */
export async function unbind(
  store: Store,
  handle: Handle,
  login: Login,
  grant: Grant | undefined,
  call: Call
): Promise<void> {
  const place = readHandle(handle)
  const keys = new Set<string>(grant?.login === undefined ? [] : [grant.login.name])
  for (const access of ACCESSES) {
    const application = await findApplication(store, place, access, call)
    if (application === undefined) continue
    for (const key of await keysOf(store, application.id, login, call)) keys.add(key)
  }
  for (const key of keys) await goneIsFine(store.iam.deleteApiKey(call, key))
  const { listLagSeconds } = store
  if (keys.size > 0 || call.attempt > 1 || listLagSeconds === 0) return
  throw new ProviderFailure('unavailable', 'a key that was just asked for may still become visible', {
    retryAfterSeconds: listLagSeconds
  })
}

async function keysOf({ iam }: Store, application: string, login: Login, call: Call): Promise<string[]> {
  const keys: string[] = []
  for await (const { accessKey, description } of iam.apiKeys(call, application)) {
    if (description === describing(login)) keys.push(accessKey)
  }
  return keys
}

function describing({ name }: Login): string {
  return `portolan ${name}`
}

function quiet(quietSince: string, seconds: number): Bound {
  return { state: 'pending', grant: { handle: { v: 1, quietSince } }, lookAgainInSeconds: seconds }
}

function grantOf({ accessKey, secretKey }: NewApiKey): Grant {
  return { handle: { v: 1 }, login: { name: accessKey, password: secretKey } }
}
