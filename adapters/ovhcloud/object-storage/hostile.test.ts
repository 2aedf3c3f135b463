import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import type { Login } from '../../../src/contract/adapter.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { textAt } from '../../../src/contract/read.ts'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import type { Engine } from '../../../test/conformance/run.ts'
import { accessOf, attemptsAt, boundBucket, bucketAt, keyOf, sendAs } from '../../../test/support/buckets.ts'
import { ended, expectDenied } from '../../../test/support/failures.ts'
import { type ObjectStore, objectStore } from '../../../test/support/radosgw.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('a binding at OVHcloud', function () {
  this.timeout(30_000)
  const { made } = useBuckets('keeps')

  let mine: Engine
  let theirs: Engine
  let writer: JsonObject
  let reader: JsonObject
  let foreign: JsonObject
  let store: ObjectStore

  before(async function () {
    this.timeout(60_000)
    store = await objectStore()
    mine = await made()
    theirs = await made()
    writer = await mine.bind(freshLogin())
    reader = await mine.bind(freshLogin(), { access: 'read-only' })
    foreign = await theirs.bind(freshLogin())
    await boundBucket(foreign).put('theirs', 'secret')
    await boundBucket(writer).put('mine', 'value')
  })

  after(async () => {
    await mine.remove()
    await theirs.remove()
  })

  const both = () => [writer, reader]

  const nameOf = (credentials: JsonObject) => textAt(credentials, 'bucket')

  it('works in its own bucket, and reads only where it may only read', async () => {
    for (const credentials of both()) expect(await boundBucket(credentials).get('mine')).to.equal('value')
    expect(await ended(boundBucket(reader).put('more', 'value'))).to.equal('denied')
    await boundBucket(writer).put('more', 'value')
    const more = { key: 'more', version: 'null', isMarker: false }
    expect(await boundBucket(writer).deleteVersions([more])).to.deep.equal([])
    const mineNow = { key: 'mine', version: 'null', isMarker: false }
    expect(await ended(boundBucket(reader).deleteVersions([mineNow]))).to.equal('denied')
    const upload = await sendAs(reader, 'POST', `/${nameOf(reader)}/upload?uploads`)
    const tags = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>'
    const tagged = await sendAs(reader, 'PUT', `/${nameOf(reader)}/mine?tagging`, {}, tags)
    const acl = await sendAs(reader, 'PUT', `/${nameOf(reader)}/mine?acl`, { 'x-amz-acl': 'public-read' })
    expect([upload, tagged, acl]).to.deep.equal([403, 403, 403])
    expect(await boundBucket(reader).get('mine')).to.equal('value')
  })

  it('shares with the other bindings what each of them wrote, also when one is gone', async () => {
    const login = freshLogin()
    const another = await mine.bind(login)
    await boundBucket(another).put('shared', 'of another')
    expect(await boundBucket(writer).get('shared')).to.equal('of another')
    await mine.unbind(login)
    expect(await boundBucket(reader).get('shared')).to.equal('of another')
    await boundBucket(writer).put('shared', 'changed')
    expect(await bucketAt((await mine.access()) as ObjectStorageAccess).get('shared')).to.equal('changed')
  })

  it('sees no other bucket, by no way', async () => {
    for (const credentials of both()) {
      expect(await ended(boundBucket(credentials).accountBuckets())).to.equal('denied')
      const other = bucketAt(accessOf(store, keyOf(credentials), nameOf(foreign)))
      await expectDenied(attemptsAt(other, 'theirs'))
      const copy = { 'x-amz-copy-source': `/${nameOf(foreign)}/theirs` }
      expect(await sendAs(credentials, 'PUT', `/${nameOf(credentials)}/copy`, copy)).to.equal(403)
    }
    expect(await boundBucket(foreign).get('theirs')).to.equal('secret')
  })

  it('changes nothing of its bucket but what is in it', async () => {
    const owner = bucketAt((await mine.access()) as ObjectStorageAccess)
    const before = [await owner.tags(), await owner.policy(), await owner.versioning()]
    for (const credentials of both()) {
      const bucket = boundBucket(credentials)
      const name = nameOf(credentials)
      await expectDenied({
        tags: () => bucket.setTags({ 'portolan-broker': 'another' }),
        policy: () => bucket.setPolicy({ Version: '2012-10-17', Statement: [] }),
        versioning: () => bucket.setVersioning('on'),
        delete: () => bucket.delete()
      })
      const statuses = [
        await sendAs(credentials, 'PUT', `/${name}?acl`, { 'x-amz-acl': 'public-read-write' }),
        await sendAs(credentials, 'DELETE', `/${name}?tagging`),
        await sendAs(credentials, 'DELETE', `/${name}?policy`),
        await sendAs(credentials, 'PUT', `/${name}?lifecycle`, {}, '<LifecycleConfiguration/>'),
        await sendAs(credentials, 'PUT', `/${name}?cors`, {}, '<CORSConfiguration/>'),
        await sendAs(credentials, 'PUT', `/${name}?object-lock`, {}, '<ObjectLockConfiguration/>')
      ]
      expect(statuses.filter((status) => status < 400)).to.deep.equal([])
    }
    expect([await owner.tags(), await owner.policy(), await owner.versioning()]).to.deep.equal(before)
  })

  it('makes no bucket, no user, no keys and no policy', async () => {
    for (const credentials of both()) {
      expect(await ended(bucketAt(accessOf(store, keyOf(credentials))).create())).to.equal('denied')
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      for (const action of ['PutUserPolicy', 'DeleteUserPolicy', 'CreateRole', 'GetSessionToken']) {
        const body = `Action=${action}&UserName=x&PolicyName=policy`
        expect(await sendAs(credentials, 'POST', '/', form, body), action).to.be.within(400, 599)
      }
      expect(await sendAs(credentials, 'PUT', '/admin/user?uid=new&display-name=new')).to.equal(403)
    }
  })

  it('is locked out by its unbind, and the others are not', async () => {
    const login: Login = freshLogin()
    const one = await mine.bind(login)
    await mine.unbind(login)
    expect(await ended(boundBucket(one).get('mine'))).to.equal('denied')
    expect(await boundBucket(writer).get('mine')).to.equal('value')
  })
})
