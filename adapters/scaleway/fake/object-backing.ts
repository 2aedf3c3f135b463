import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import { arrayAt, isObject, textAt } from '../../../src/contract/read.ts'
import { accessOf, askAdmin, bucketAt } from '../../../test/support/buckets.ts'
import type { Behind } from '../../../test/support/fake/s3-front.ts'
import { type ObjectStore, objectStore, type StoreKey } from '../../../test/support/radosgw.ts'

/** Where a radosgw is that somebody else started. */
export type GivenStore = Pick<ObjectStore, 'endpoint' | 'region' | 'owner'>

/** The real radosgw behind every bucket: one account of it is the project, another is somebody else. */
export interface ObjectBacking {
  readonly project: Behind
  readonly stranger: Behind
  /** What stands in it, as the account that has the bucket sees it. */
  look(name: string, behind: Behind): Promise<JsonObject>
  setTags(name: string, tags: Readonly<Record<string, string>>): Promise<void>
  addForeign(name: string): Promise<void>
  /** With all that is in it. */
  remove(name: string): Promise<void>
}

let opened: Promise<ObjectBacking> | undefined

/** Opened when it is asked for first, over `given` if there is one by then, else over a radosgw of its own. */
export function objectBacking(given?: GivenStore): Promise<ObjectBacking> {
  opened ??= open(given)
  return opened
}

async function open(given: GivenStore | undefined): Promise<ObjectBacking> {
  const store = given === undefined ? await objectStore() : storeFrom(given)
  const { endpoint, region } = store
  const [project, stranger] = await Promise.all([
    newAccount(store).then((key) => ({ endpoint, region, key })),
    newAccount(store).then((key) => ({ endpoint, region, key }))
  ])
  const at = (name: string, { key }: Behind) => bucketAt(accessOf(store, key, name))
  return {
    project,
    stranger,
    async look(name, behind) {
      const bucket = at(name, behind)
      const [tags, versioning] = await Promise.all([bucket.tags(), bucket.versioning()])
      return { tags: { ...tags }, versioning }
    },
    setTags: (name, tags) => at(name, project).setTags(tags),
    addForeign: (name) => at(name, stranger).create(),
    async remove(name) {
      await askAdmin(store, 'DELETE', `bucket?bucket=${name}&purge-objects=true`)
    }
  }
}

function storeFrom({ endpoint, region, owner }: GivenStore): ObjectStore {
  return {
    endpoint,
    region,
    owner,
    account: () => Promise.reject(new Error('accounts are made over the admin API here')),
    openGateway: () => Promise.reject(new Error('there is one gateway here'))
  }
}

async function newAccount(store: ObjectStore): Promise<StoreKey> {
  const uid = `scaleway-${randomUUID()}`
  const { body } = await askAdmin(store, 'PUT', `user?uid=${uid}&display-name=${uid}`)
  const [key] = isObject(body) ? arrayAt(body, 'keys') : []
  if (!isObject(key)) throw new Error('radosgw made no account')
  return { accessKeyId: textAt(key, 'access_key'), secretAccessKey: textAt(key, 'secret_key') }
}
