import { randomInt, randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'

/** Whatever IAM has under an id. */
interface Thing {
  readonly id: string
  readonly createdAt: Date
  /** It was there before everything, so no list leaves it out. */
  readonly isForeign: boolean
  listsSince: number
}

export interface FakeApplication extends Thing {
  readonly name: string
  readonly tags: string[]
  /** Requests that still do not know it. */
  unknownFor: number
}

export interface FakeIamPolicy extends Thing {
  readonly name: string
  readonly tags: string[]
  readonly permissionSets: readonly string[]
  readonly projectIds: readonly string[]
  /** Undefined: its application is gone, or it never had one. */
  application: string | undefined
}

export interface FakeApiKey extends Thing {
  readonly secretKey: string
  readonly application: string
  readonly projectId: string
  readonly description: string
  /** Requests with it that still fail. */
  lateFor: number
}

/** All that an organisation has of IAM. */
export interface Iam {
  readonly organizationId: string
  readonly applications: Map<string, FakeApplication>
  readonly policies: Map<string, FakeIamPolicy>
  readonly keys: Map<string, FakeApiKey>
  /** The broker's own, which no reset removes. */
  readonly broker: BrokerKey
}

export interface BrokerKey {
  readonly accessKey: string
  readonly secretKey: string
  readonly projectId: string
}

const BROKER_APPLICATION = '33333333-3333-4333-8333-333333333333'
const BROKER_RIGHTS: readonly string[] = ['ObjectStorageFullAccess']

export function newIam(organizationId: string, broker: BrokerKey): Iam {
  const iam: Iam = {
    organizationId,
    applications: new Map(),
    policies: new Map(),
    keys: new Map(),
    broker
  }
  resetIam(iam)
  return iam
}

/** As on the first day: the broker's application, its rights in the project, and its key. */
export function resetIam({ applications, policies, keys, broker }: Iam): void {
  for (const each of [applications, policies, keys]) each.clear()
  const old = { createdAt: new Date(0), isForeign: true, listsSince: 0 }
  const { accessKey, secretKey, projectId } = broker
  const id = BROKER_APPLICATION
  applications.set(id, { ...old, id, name: 'the broker', tags: [], unknownFor: 0 })
  keys.set(accessKey, {
    ...old,
    id: accessKey,
    secretKey,
    application: id,
    projectId,
    description: '',
    lateFor: 0
  })
  const policy = randomUUID()
  policies.set(policy, {
    ...old,
    id: policy,
    name: 'the broker',
    tags: [],
    permissionSets: BROKER_RIGHTS,
    projectIds: [projectId],
    application: id
  })
}

/** `SCW` and 17 letters and digits. */
export function newAccessKey(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
  return `SCW${Array.from({ length: 17 }, () => letters[randomInt(letters.length)]).join('')}`
}

/** What an application may do with object storage in a project, by its policies. */
export function permissionSetsOf({ policies }: Iam, application: string, projectId: string): Set<string> {
  const found = [...policies.values()].filter(
    (each) => each.application === application && each.projectIds.includes(projectId)
  )
  return new Set(found.flatMap(({ permissionSets }) => permissionSets))
}

/** An application goes with its keys; its policies stay, and are nobody's. */
export function removeApplication({ applications, policies, keys }: Iam, id: string): void {
  applications.delete(id)
  for (const key of keys.values()) if (key.application === id) keys.delete(key.id)
  for (const policy of policies.values()) if (policy.application === id) policy.application = undefined
}

/** What a test may see of it: no secrets, and nothing of the broker's own. */
export function iamState({ applications, policies, keys }: Iam): JsonObject {
  return {
    applications: ours(applications).map(({ id, name, tags }) => ({ id, name, tags })),
    policies: ours(policies).map(({ id, name, tags, permissionSets, application }) => {
      return { id, name, tags, permissionSets, application: application ?? null }
    }),
    apiKeys: ours(keys).map(({ id, application, description }) => ({ id, application, description }))
  }
}

function ours<T extends Thing>(things: ReadonlyMap<string, T>): readonly T[] {
  return [...things.values()].filter(({ isForeign }) => !isForeign)
}
