import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { Call } from '../../../src/contract/ports.ts'
import type { Application, IamPolicy, Tagged } from '../iam-types.ts'
import { isMarked, resourceTag } from '../tags.ts'
import { absentAsUndefined, goneIsFine } from './gone.ts'
import { ACCESSES, type Access, type Place } from './handle.ts'
import type { Store } from './store.ts'

/** Of an application and of its rights. */
export function nameOf(name: string, access: Access): string {
  return `${name}-${access === 'read-only' ? 'ro' : 'rw'}`
}

/** With another mark it is a `conflict`. */
export async function findApplication(
  { iam }: Store,
  place: Place,
  access: Access,
  call: Call
): Promise<Application | undefined> {
  const id = place.applications[access]
  if (id !== undefined) return marked(place, await absentAsUndefined(iam.application(call, id)))
  const name = nameOf(place.name, access)
  for await (const each of iam.applications(call, { name })) {
    if (each.name === name && isMarked(each.tags, place.mark)) return each
  }
  return undefined
}

/** Everything of IAM that carries the mark, the keys first: from then on nobody gets in. */
export async function removeApplications(store: Store, place: Place, call: Call): Promise<void> {
  const { iam } = store
  const tag = resourceTag(place.mark.resource)
  const applications = await idsOf(place, iam.applications(call, { tag }))
  for (const access of ACCESSES) {
    const known = await findApplication(store, place, access, call)
    if (known) applications.add(known.id)
  }
  for (const id of applications) await removeKeys(store, id, call)
  for (const id of await idsOf(place, iam.policies(call, { tag }))) {
    await goneIsFine(iam.deletePolicy(call, id))
  }
  for (const access of ACCESSES) {
    const rights = await findRights(store, place, access, call)
    if (rights) await goneIsFine(iam.deletePolicy(call, rights.id))
  }
  for (const id of applications) await goneIsFine(iam.deleteApplication(call, id))
}

async function removeKeys({ iam }: Store, application: string, call: Call): Promise<void> {
  const keys: string[] = []
  for await (const { accessKey } of iam.apiKeys(call, application)) keys.push(accessKey)
  for (const key of keys) await goneIsFine(iam.deleteApiKey(call, key))
}

/** The ids of those with our whole mark: the filter only narrows, it finds parts of tags too. */
async function idsOf({ mark }: Place, found: AsyncIterable<Tagged>): Promise<Set<string>> {
  const ids = new Set<string>()
  for await (const each of found) if (isMarked(each.tags, mark)) ids.add(each.id)
  return ids
}

/** The place without what somebody has removed, so that it is made again. */
export async function withoutGone(store: Store, place: Place, call: Call): Promise<Place> {
  const applications: Partial<Record<Access, string>> = {}
  const rights: Partial<Record<Access, string>> = {}
  for (const access of ACCESSES) {
    const application = await findApplication(store, place, access, call)
    if (application === undefined) continue
    applications[access] = application.id
    const found = await findRights(store, place, access, call)
    if (found?.applicationId === application.id) rights[access] = found.id
  }
  return { ...place, applications, rights }
}

async function findRights(
  { iam }: Store,
  place: Place,
  access: Access,
  call: Call
): Promise<IamPolicy | undefined> {
  const id = place.rights[access]
  return id === undefined ? undefined : marked(place, await absentAsUndefined(iam.policy(call, id)))
}

function marked<T extends Tagged>({ mark }: Place, found: T | undefined): T | undefined {
  if (found === undefined || isMarked(found.tags, mark)) return found
  throw foreignPiece(found.name)
}

export function foreignPiece(name: string): ProviderFailure {
  return new ProviderFailure('conflict', `${name} at IAM of Scaleway does not carry this broker's mark`)
}
