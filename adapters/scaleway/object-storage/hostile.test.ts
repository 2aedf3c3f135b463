import { expect } from 'chai'
import type { JsonObject } from '../../../src/contract/json.ts'
import { textAt } from '../../../src/contract/read.ts'
import { freshLogin, freshName } from '../../../test/conformance/fresh.ts'
import type { Engine } from '../../../test/conformance/run.ts'
import { attemptsAt, boundBucket, sendAs } from '../../../test/support/buckets.ts'
import { ended, expectDenied } from '../../../test/support/failures.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('a binding at scaleway', function () {
  this.timeout(60_000)
  const { asOwner, iam, made, nameOf } = useBuckets()

  /** Another bucket, as whoever has these credentials sees it. */
  const across = (credentials: JsonObject, bucket: string) => boundBucket({ ...credentials, bucket })

  let mine: Engine
  let theirs: Engine
  let writer: JsonObject
  let reader: JsonObject

  beforeEach(async () => {
    ;[mine, theirs] = [await made(), await made()]
    writer = await mine.bind(freshLogin())
    reader = await mine.bind(freshLogin(), { access: 'read-only' })
    await boundBucket(await theirs.bind(freshLogin())).put('theirs', 'secret')
    await boundBucket(writer).put('mine', 'value')
  })

  it('works in its own bucket, and one that only reads writes nothing', async () => {
    expect(await boundBucket(writer).get('mine')).to.equal('value')
    expect(await boundBucket(reader).get('mine')).to.equal('value')
    const [version] = await boundBucket(reader).versions()
    if (!version) throw new Error('nothing is there')
    expect(await ended(boundBucket(reader).put('more', 'value'))).to.equal('denied')
    expect(await ended(boundBucket(reader).put('mine', 'changed'))).to.equal('denied')
    expect(await ended(boundBucket(reader).deleteVersions([version]))).to.equal('denied')
    expect(await ended(boundBucket(reader).uploads())).to.equal('denied')
    expect(await boundBucket(reader).get('mine')).to.equal('value')
    await boundBucket(writer).put('more', 'value')
    const more = { key: 'more', version: 'null', isMarker: false }
    expect(await boundBucket(writer).deleteVersions([more])).to.deep.equal([])
    expect(await ended(boundBucket(writer).get('more'))).to.equal('not-found')
  })

  it('sees no other bucket of the project, by no way', async () => {
    for (const credentials of [writer, reader]) {
      const other = across(credentials, nameOf(theirs))
      await expectDenied({ 'list of buckets': () => other.accountBuckets(), ...attemptsAt(other, 'theirs') })
      const copy = { 'x-amz-copy-source': `/${nameOf(theirs)}/theirs` }
      expect(await sendAs(credentials, 'PUT', `/${nameOf(mine)}/copy`, copy)).to.equal(403)
    }
    expect(await (await asOwner(theirs)).get('theirs')).to.equal('secret')
  })

  it('changes nothing of its bucket but what is in it', async () => {
    const owner = await asOwner(mine)
    const name = nameOf(mine)
    const look = async () => [await owner.tags(), await owner.policy(), await owner.versioning()]
    const before = await look()
    for (const credentials of [writer, reader]) {
      const bucket = boundBucket(credentials)
      await expectDenied({
        'set tags': () => bucket.setTags({ 'portolan-broker': 'mine' }),
        'read tags': () => bucket.tags(),
        'set policy': () => bucket.setPolicy({ Version: '2023-04-17', Statement: [] }),
        'read policy': () => bucket.policy(),
        versioning: () => bucket.setVersioning('on'),
        delete: () => bucket.delete(),
        'make another': () => across(credentials, freshName('p')).create()
      })
      const acl = { 'x-amz-acl': 'public-read' }
      const lock =
        '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>'
      const statuses = [
        await sendAs(credentials, 'PUT', `/${name}?acl`, acl),
        await sendAs(credentials, 'PUT', `/${name}/mine?acl`, acl),
        await sendAs(credentials, 'DELETE', `/${name}?policy`),
        await sendAs(credentials, 'DELETE', `/${name}?tagging`),
        await sendAs(credentials, 'PUT', `/${name}?lifecycle`, {}, '<LifecycleConfiguration/>'),
        await sendAs(credentials, 'PUT', `/${name}?object-lock`, {}, lock),
        await sendAs(credentials, 'PUT', `/${name}/mine?retention`, {}, '<Retention/>')
      ]
      expect(new Set(statuses)).to.deep.equal(new Set([403]))
    }
    expect(await look()).to.deep.equal(before)
  })

  it('has no way to IAM', async () => {
    const key = textAt(writer, 'secret_access_key')
    for (const path of ['/api-keys', '/applications', '/policies']) {
      expect((await iam('GET', path, undefined, key)).body['type'], path).to.equal('permissions_denied')
    }
  })
})
