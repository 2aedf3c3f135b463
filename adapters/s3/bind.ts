import type { Driver, Grant, Handle, Login } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Client } from './client.ts'
import { readHandle } from './handle.ts'
import type { Key, Settings } from './settings.ts'
import { ACCESSES, accessOf, findUser, userOf } from './users.ts'

type Bound = Awaited<ReturnType<NonNullable<Driver['bind']>>>

/** A key of its own, named like the login. Radosgw makes the secret and tells it again, so looking first gives the same one. */
export async function bind(
  client: Client,
  handle: Handle,
  login: Login,
  parameters: JsonObject,
  call: Call
): Promise<Bound> {
  const place = readHandle(handle)
  const user = await findUser(client, place, accessOf(parameters), call)
  if (user === undefined) throw new ProviderFailure('not-found', 'The users of this instance are gone.')
  const named = (keys: readonly Key[]) => keys.find(({ accessKeyId }) => accessKeyId === login.name)
  const key = named(user.keys) ?? named(await client.createKey(call, user.id, login.name))
  if (key === undefined) throw new ProviderFailure('unexpected', 'radosgw did not tell the key that it made')
  return { state: 'ready', grant: grantOf(key) }
}

export async function unbind(client: Client, handle: Handle, login: Login, call: Call): Promise<void> {
  const place = readHandle(handle)
  for (const access of ACCESSES) {
    const holds = async () => {
      const user = await findUser(client, place, access, call)
      return user?.keys.some(({ accessKeyId }) => accessKeyId === login.name) === true
    }
    if (!(await holds())) continue
    await client.removeKey(call, userOf(place.name, access), login.name).catch(async (error: unknown) => {
      // A key that went meanwhile is told as one that is not valid, as the broker's own would be.
      const isRefused = error instanceof ProviderFailure && error.kind === 'denied'
      if (!isRefused || (await holds())) throw error
    })
  }
}

/** There is nothing smaller to give than the account's own key. */
export function bindToAccount(settings: Settings, parameters: JsonObject): Bound {
  if (accessOf(parameters) === 'read-only') {
    throw new ProviderFailure('invalid', 'This object storage has no keys that may only read.')
  }
  return { state: 'ready', grant: grantOf(settings) }
}

function grantOf({ accessKeyId, secretAccessKey }: Key): Grant {
  return { handle: { v: 1 }, login: { name: accessKeyId, password: secretAccessKey } }
}
