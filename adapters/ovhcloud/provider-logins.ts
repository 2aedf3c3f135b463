import type { Driver, Handle, Login, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { bind, unbind } from './bind.ts'
import type { Services } from './client.ts'
import { readable } from './find.ts'
import { type Located, readPlace } from './place.ts'
import { loginsOf } from './plan.ts'
import type { NewDatabaseUser } from './types.ts'

/** What is not the same with every engine whose users OVHcloud's API can make. */
export interface Rights {
  newUser(name: string): NewDatabaseUser
  /** What OVHcloud's API cannot give: done by the administrator inside the database. */
  grant?(handle: Handle, user: string, call: Call): Promise<void>
  revoke?(handle: Handle, user: string, call: Call): Promise<void>
}

/** The driver whose plans may say `logins: provider`: for an administrator that may make neither logins nor databases. */
export function withProviderLogins(driver: Driver, services: Services, rights: Rights): Driver {
  return {
    ...driver,
    makesLogins: (plan) => loginsOf(plan).logins !== undefined,
    bindChoices: (plan) => (loginsOf(plan).logins === undefined ? {} : { access: ['read-write'] }),
    bind(handle, login, { access }, soFar, call) {
      if (access === 'read-only') throw cannotOnlyRead()
      const making = {
        name: login.name,
        make: ({ id }: Located) => services.createDatabaseUser(call, id, rights.newUser(login.name)),
        admit: async () => rights.grant?.(handle, login.name, call)
      }
      return bind(services, readPlace(handle), making, soFar, call)
    },
    unbind: (handle: Handle, { name }: Login, _grant, call) =>
      unbind(services, readPlace(handle), name, call, async () => rights.revoke?.(handle, name, call))
  }
}

function cannotOnlyRead(): ProviderFailure {
  return new ProviderFailure(
    'invalid',
    'access: OVHcloud makes the logins of this plan, and none that may only read; bind with "read-write".'
  )
}

const LOOK_AGAIN_SECONDS = 5

/** Looks before it makes; one that is listed and not shown yet may be it. Undefined: it is there. */
export async function makeDatabaseByApi(
  services: Services,
  place: Located,
  call: Call
): Promise<Sighting | undefined> {
  const waiting: Sighting = {
    state: 'pending',
    handle: place,
    lookAgainInSeconds: LOOK_AGAIN_SECONDS,
    note: 'the database is being made'
  }
  let unshown = 0
  for (const id of await services.databaseIds(call, place.id)) {
    const name = await readable(services.databaseName(call, place.id, id))
    if (name === place.name) return undefined
    if (name === undefined) unshown += 1
  }
  if (unshown === 0) await services.createDatabase(call, place.id, place.name)
  return waiting
}
