import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import { isObject } from '../../../src/contract/read.ts'
import type { Bucket } from '../../../src/contract/s3.ts'
import {
  accessOf,
  askAdmin,
  bucketAt,
  type ObjectStoreAddress,
  putUserPolicy
} from '../../../test/support/buckets.ts'
import { objectStore, type StoreKey } from '../../../test/support/radosgw.ts'

/** What a key needs that plays OVHcloud before radosgw. */
export const CAPABILITIES = 'users=*;buckets=*;metadata=*;user-policy=*'

/** The real radosgw behind every bucket of the fake: each user of the project is one of its, with its policies and keys. */
export interface Store {
  /** Answers its name there. */
  addUser(): Promise<StoreUser>
  removeUser(user: StoreUser): Promise<void>
  addKey(user: StoreUser, key: StoreKey): Promise<void>
  removeKey(user: StoreUser, id: string): Promise<void>
  setPolicy(user: StoreUser, document: JsonObject): Promise<void>
  /** As its owner has it. */
  bucket(owner: StoreUser, name: string): Bucket
  /** With everything in it. */
  purge(name: string): Promise<void>
}

export interface StoreUser {
  readonly uid: string
  /** A key that nobody is told: OVHcloud needs none to act for a user. */
  readonly hidden: StoreKey
}

/** `own`: started now, and ended with this process. */
export async function openStore(given: string): Promise<Store & { readonly endpoint: string }> {
  const at = given === 'own' ? await ownStore() : (JSON.parse(given) as ObjectStoreAddress)
  return { endpoint: at.endpoint, ...storeAt(at) }
}

async function ownStore(): Promise<ObjectStoreAddress> {
  const { endpoint, region, account } = await objectStore()
  return { endpoint, region, owner: await account('ovhcloud', CAPABILITIES) }
}

function storeAt(at: ObjectStoreAddress): Store {
  const ask = async (
    method: Parameters<typeof askAdmin>[1],
    path: string,
    fields: Record<string, string>
  ) => {
    const query = new URLSearchParams({ ...fields, format: 'json' }).toString()
    const { status, body } = await askAdmin(at, method, `${path}${path.includes('?') ? '&' : '?'}${query}`)
    const code = isObject(body) ? String(body['Code']) : ''
    if (status >= 300 && !code.startsWith('NoSuch')) throw new Error(`radosgw: ${status} ${code}`)
  }
  const policies = new Map<string, JsonObject>()
  /** Radosgw forgets the policy of a user whose keys it changes. */
  const onKeys = async (method: 'PUT' | 'DELETE', uid: string, fields: Record<string, string>) => {
    await ask(method, 'user?key', { uid, ...fields })
    const policy = policies.get(uid)
    if (policy) await putUserPolicy(at, uid, policy)
  }
  const addKey = ({ uid }: Pick<StoreUser, 'uid'>, { accessKeyId, secretAccessKey }: StoreKey) =>
    onKeys('PUT', uid, { 'access-key': accessKeyId, 'secret-key': secretAccessKey })
  return {
    async addUser() {
      const user = { uid: `ovh-${randomBytes(8).toString('hex')}`, hidden: newKey() }
      await ask('PUT', 'user', { uid: user.uid, 'display-name': user.uid, 'generate-key': 'false' })
      await addKey(user, user.hidden)
      return user
    },
    async removeUser({ uid }) {
      policies.delete(uid)
      await ask('DELETE', 'user', { uid })
    },
    addKey,
    removeKey: ({ uid }, id) => onKeys('DELETE', uid, { 'access-key': id }),
    async setPolicy({ uid }, document) {
      policies.set(uid, document)
      await putUserPolicy(at, uid, document)
    },
    bucket: ({ hidden }, name) => bucketAt(accessOf(at, hidden, name)),
    purge: (bucket) => ask('DELETE', 'bucket', { bucket, 'purge-objects': 'true' })
  }
}

export function newKey(): StoreKey {
  return {
    accessKeyId: randomBytes(16).toString('hex'),
    secretAccessKey: randomBytes(16).toString('hex')
  }
}
