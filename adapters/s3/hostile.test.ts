import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { isObject } from '../../src/contract/read.ts'
import { type BucketTenant, newTenant, settingsOf } from '../../test/support/bucket-tenant.ts'
import {
  accessOf,
  askAdmin,
  attemptsAt,
  boundBucket,
  bucketAt,
  keyOf,
  sendAs
} from '../../test/support/buckets.ts'
import { ended, expectDenied } from '../../test/support/failures.ts'
import { type ObjectStore, objectStore, type StoreKey } from '../../test/support/radosgw.ts'
import { policyOf } from './policy.ts'

describe('a binding at radosgw', function () {
  this.timeout(180_000)
  let store: ObjectStore
  let key: StoreKey
  let mine: BucketTenant
  let theirs: BucketTenant
  let writer: JsonObject
  let reader: JsonObject

  before(async () => {
    store = await objectStore()
    key = await store.account('s3-hostile', 'users=*')
    const settings = settingsOf(store, key, { keys: 'radosgw-admin' })
    mine = await newTenant(settings)
    theirs = await newTenant(settings)
    writer = await mine.bind()
    reader = await mine.bind({ access: 'read-only' })
    await boundBucket(await theirs.bind()).put('theirs', 'secret')
    await boundBucket(writer).put('mine', 'value')
  })

  after(async () => {
    await mine.remove()
    await theirs.remove()
  })

  const both = () => [writer, reader]

  it('works in its own bucket', async () => {
    expect(await boundBucket(writer).get('mine')).to.equal('value')
    expect(await boundBucket(reader).get('mine')).to.equal('value')
    expect(await ended(boundBucket(reader).put('more', 'value'))).to.equal('denied')
    await boundBucket(writer).put('more', 'value')
    const more = { key: 'more', version: 'null', isMarker: false }
    expect(await boundBucket(writer).deleteVersions([more])).to.deep.equal([])
    expect(await ended(boundBucket(writer).get('more'))).to.equal('not-found')
    const [version] = await boundBucket(reader).versions()
    if (!version) throw new Error('nothing is there')
    expect(await ended(boundBucket(reader).deleteVersions([version]))).to.equal('denied')
    expect(await boundBucket(reader).get('mine')).to.equal('value')
  })

  it('sees no other bucket, by no way', async () => {
    for (const credentials of both()) {
      expect(await boundBucket(credentials).accountBuckets()).to.deep.equal([])
      const other = bucketAt(accessOf(store, keyOf(credentials), theirs.access.bucket))
      await expectDenied(attemptsAt(other, 'theirs'))
      const copy = { 'x-amz-copy-source': `/${theirs.access.bucket}/theirs` }
      const copied = await sendAs(credentials, 'PUT', `/${mine.access.bucket}/copy`, copy)
      expect(copied).to.equal(403)
    }
    expect(await boundBucket(await theirs.bind()).get('theirs')).to.equal('secret')
  })

  it('changes nothing of its bucket but what is in it', async () => {
    const { bucket: name } = mine.access
    const owner = bucketAt(mine.access)
    const before = [await owner.tags(), await owner.policy(), await owner.versioning()]
    for (const credentials of both()) {
      const bucket = boundBucket(credentials)
      await expectDenied({
        'set tags': () => bucket.setTags({ 'portolan-broker': 'mine' }),
        'read tags': () => bucket.tags(),
        'set policy': () => bucket.setPolicy(policyOf(theirs.access.bucket, 's3-hostile')),
        'read policy': () => bucket.policy(),
        versioning: () => bucket.setVersioning('on'),
        delete: () => bucket.delete()
      })
      const acl = { 'x-amz-acl': 'public-read-write' }
      const requests = [
        await sendAs(credentials, 'PUT', `/${name}?acl`, acl),
        await sendAs(credentials, 'GET', `/${name}?acl`),
        await sendAs(credentials, 'DELETE', `/${name}?policy`),
        await sendAs(credentials, 'DELETE', `/${name}?tagging`),
        await sendAs(credentials, 'DELETE', `/${name}?lifecycle`),
        await sendAs(credentials, 'PUT', `/${name}?cors`, {}, '<CORSConfiguration/>'),
        await sendAs(credentials, 'PUT', `/${name}`, acl)
      ]
      const refused = requests.map((status) => (status >= 400 ? 'refused' : `done (${status})`))
      expect(new Set(refused)).to.deep.equal(new Set(['refused']))
    }
    expect([await owner.tags(), await owner.policy(), await owner.versioning()]).to.deep.equal(before)
  })

  it('makes no bucket of its own, no key and no user', async () => {
    for (const credentials of both()) {
      expect(await ended(bucketAt(accessOf(store, keyOf(credentials))).create())).to.equal('denied')
      const uid = `${mine.access.bucket}-rw`
      for (const [method, query] of [
        ['GET', `uid=${uid}`],
        ['PUT', 'uid=new&display-name=new'],
        ['PUT', `key&uid=${uid}`],
        ['PUT', `caps&uid=${uid}&user-caps=users%3D*`],
        ['DELETE', `uid=${theirs.access.bucket}-rw`]
      ] as const) {
        const status = await sendAs(credentials, method, `/admin/user?${query}`)
        expect(status, `${method} ${query}`).to.equal(403)
      }
    }
  })

  it('takes no role of radosgw’s other APIs, and makes nothing there', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const uid = `${mine.access.bucket}-rw`
    for (const asked of [
      'CreateRole&RoleName=mine&AssumeRolePolicyDocument={}',
      'ListRoles',
      `PutUserPolicy&UserName=${uid}&PolicyName=all&PolicyDocument={}`,
      `ListUserPolicies&UserName=${uid}`,
      'GetSessionToken&DurationSeconds=900',
      'AssumeRole&RoleArn=arn:aws:iam:::role/theirs&RoleSessionName=mine',
      'CreateTopic&Name=mine&push-endpoint=http%3A%2F%2F127.0.0.1%3A1',
      'ListTopics'
    ]) {
      for (const credentials of both()) {
        const status = await sendAs(credentials, 'POST', '/', form, `Action=${asked}`)
        expect(status, asked).to.be.within(400, 599)
      }
    }
  })

  it('is locked out by its unbind, and the others are not', async () => {
    const [one, other] = [await mine.bind(), await mine.bind()]
    await boundBucket(one).put('of-one', 'value')
    await mine.unbind(one)
    expect(await ended(boundBucket(one).get('of-one'))).to.equal('denied')
    expect(await boundBucket(other).get('of-one')).to.equal('value')
    await boundBucket(other).put('of-one', 'changed')
    await mine.unbind(one)
    await mine.unbind(other)
  })

  it('makes public what it wrote, if it says so, and nothing else', async () => {
    const path = `/${mine.access.bucket}/public`
    const status = await sendAs(writer, 'PUT', path, { 'x-amz-acl': 'public-read' }, 'for all')
    expect(status).to.equal(200)
    const anonymous = async (at: string) => (await fetch(`${store.endpoint}${at}`)).status
    expect(await anonymous(path)).to.equal(200)
    expect(await anonymous(`/${mine.access.bucket}/mine`)).to.equal(403)
    expect(await anonymous(`/${mine.access.bucket}`)).to.equal(403)
  })

  it('leaves to the owner whatever it wrote, for whoever reads it later', async () => {
    await boundBucket(writer).put('written', 'by the tenant')
    expect(await bucketAt(mine.access).get('written')).to.equal('by the tenant')
  })

  it('can be made many at a time', async () => {
    const call = async (tries: number): Promise<JsonObject> => {
      try {
        return await mine.bind()
      } catch (error) {
        // What the core does: the failure says that it may be tried again.
        const again = error instanceof ProviderFailure && error.kind === 'unavailable'
        if (!again || tries === 0) throw error
        return call(tries - 1)
      }
    }
    const made = await Promise.all(Array.from({ length: 4 }, () => call(20)))
    for (const credentials of made) expect(await boundBucket(credentials).get('mine')).to.equal('value')
    for (const credentials of made) await mine.unbind(credentials)
    const { body } = await askAdmin(store, 'GET', `user?uid=${mine.access.bucket}-rw`)
    expect(isObject(body) && body['keys']).to.have.length(1)
  })
})
