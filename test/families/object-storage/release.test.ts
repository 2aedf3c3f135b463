import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { Names } from '../../../src/contract/family.ts'
import { markTags } from '../../../src/contract/mark-tags.ts'
import type { Call } from '../../../src/contract/ports.ts'
import type { Bucket } from '../../../src/contract/s3.ts'
import { family } from '../../../src/families/object-storage/index.ts'
import { noPorts } from '../../conformance/ports.ts'
import { accessOf, beginUpload, bucketAt, lockObject } from '../../support/buckets.ts'
import { type ObjectStore, objectStore, type StoreKey } from '../../support/radosgw.ts'

const call: Call = {
  ...noPorts('only the bucket is asked'),
  s3: bucketAt,
  signal: new AbortController().signal,
  now: new Date(),
  attempt: 1,
  note: () => undefined
}

describe('release of the family object-storage', function () {
  this.timeout(180_000)
  let store: ObjectStore
  let key: StoreKey

  before(async () => {
    store = await objectStore()
    key = await store.account('release')
  })

  interface Made {
    readonly access: ObjectStorageAccess
    readonly names: Names
    readonly bucket: Bucket
  }

  async function made(options: { readonly objectLock?: true } = {}): Promise<Made> {
    const access = accessOf(store, key)
    const names = {
      resource: access.bucket,
      mark: { broker: 'broker', resource: randomUUID(), generation: 1 }
    }
    const bucket = bucketAt(access)
    await bucket.create(options)
    await bucket.setTags(markTags(names.mark))
    return { access, names, bucket }
  }

  const step = async ({ access, names }: Made) => family.release?.(access, names, call)

  async function stepsUntilReleased(one: Made): Promise<readonly string[]> {
    const notes: string[] = []
    for (let left = await step(one); typeof left === 'object'; left = await step(one)) notes.push(left.note)
    return notes
  }

  async function refusal(one: Made): Promise<ProviderFailure> {
    const thrown = await step(one).catch((error: unknown) => error)
    if (thrown instanceof ProviderFailure) return thrown
    throw new Error(`it was not refused: ${String(thrown)}`)
  }

  it('removes every version, marker and upload, so that the bucket can go', async () => {
    const one = await made()
    const { access, bucket } = one
    await bucket.put('before', 'versioning')
    await bucket.setVersioning('on')
    for (const value of ['1', '2', '3']) await bucket.put('key', value)
    const [newest] = await bucket.versions()
    await bucket.deleteVersions([{ key: 'gone', version: '', isMarker: false }])
    await beginUpload(access, 'never-completed')
    expect(newest?.key).to.equal('before')
    expect((await stepsUntilReleased(one)).length).to.equal(1)
    expect(await bucket.versions()).to.deep.equal([])
    expect(await bucket.uploads()).to.deep.equal([])
    expect(await stepsUntilReleased(one)).to.deep.equal([])
    await bucket.delete()
  })

  it('removes what has a key that no XML can tell, or one that looks like a way to another bucket', async () => {
    const one = await made()
    const { access, bucket } = one
    const other = await made()
    await other.bucket.put('key', 'value')
    for (const each of ['a\u0001b', '\ufffe', 'a\rb', ' ', '..', `../${other.access.bucket}/key`]) {
      await bucket.put(each, 'value')
    }
    const uploads = ['x/../y', './z', `../${other.access.bucket}/key`, 'a\u0001b']
    for (const each of uploads) await beginUpload(access, each)
    await stepsUntilReleased(one)
    await bucket.delete()
    expect(await other.bucket.get('key')).to.equal('value')
    await stepsUntilReleased(other)
    await other.bucket.delete()
  })

  it('takes a bounded piece at a time, and says what it has done', async () => {
    const one = await made()
    for (const name of ['1', '2', '3', '4', '5']) await one.bucket.put(name, 'value')
    await beginUpload(one.access, 'never-completed')
    const small = (access: ObjectStorageAccess): Bucket => {
      const bucket = bucketAt(access)
      return { ...bucket, versions: () => bucket.versions(2) }
    }
    const notes: string[] = []
    for (let round = 0; round < 4; round += 1) {
      const left = await family.release?.(one.access, one.names, { ...call, s3: small })
      if (typeof left === 'object') notes.push(left.note.replace('the bucket is being emptied: ', ''))
    }
    expect(notes).to.deep.equal([
      '2 versions and 1 uploads removed just now',
      '2 versions and 0 uploads removed just now',
      '1 versions and 0 uploads removed just now'
    ])
    await one.bucket.delete()
  })

  it('leaves alone what carries the mark of somebody else, or none', async () => {
    const one = await made()
    await one.bucket.put('key', 'value')
    const mark = { ...one.names.mark, generation: 2 }
    await one.bucket.setTags(markTags(mark))
    expect((await refusal(one)).kind).to.equal('conflict')
    expect(await one.bucket.get('key')).to.equal('value')
    await one.bucket.deleteVersions(await one.bucket.versions())
    await one.bucket.setTags({ owner: 'somebody' })
    expect(await step(one)).to.equal(undefined)
  })

  it('names the tags that are missing where it would have to empty the bucket', async () => {
    const one = await made()
    await one.bucket.put('key', 'value')
    await one.bucket.setTags({ owner: 'somebody' })
    const { kind, message } = await refusal(one)
    expect(kind).to.equal('conflict')
    expect(message).to.equal(
      'The bucket of this instance is not emptied, because its tags have no mark (portolan-broker, portolan-resource, portolan-generation), and it has "key".'
    )
    expect(await one.bucket.get('key')).to.equal('value')
  })

  it('refuses under object lock before anything is removed, and names what holds it', async () => {
    const one = await made({ objectLock: true })
    await one.bucket.put('free', 'value')
    await one.bucket.put('kept "by" law', 'value')
    const kept = (await one.bucket.versions()).find(({ key: name }) => name.startsWith('kept'))
    if (!kept) throw new Error('the object is not there')
    const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000)
    await lockObject(one.access, { ...kept, key: 'kept%20%22by%22%20law' }, { until })
    const refused = await refusal(one)
    expect(refused.kind).to.equal('conflict')
    expect(refused.message).to.contain(`"kept \\"by\\" law" is kept until ${until.toISOString()}`)
    expect(await one.bucket.versions()).to.have.length(2)
  })

  it('refuses a legal hold too, and goes on once nothing is left that is locked', async () => {
    const one = await made({ objectLock: true })
    await one.bucket.put('held', 'value')
    const [held] = await one.bucket.versions()
    if (!held) throw new Error('the object is not there')
    await lockObject(one.access, held, { legal: 'ON' })
    expect((await refusal(one)).message).to.contain('"held" is under a legal hold')
    await lockObject(one.access, held, { legal: 'OFF' })
    expect((await refusal(one)).message).to.contain('it has "held"')
    await one.bucket.deleteVersions([held])
    expect(await stepsUntilReleased(one)).to.deep.equal([])
    await one.bucket.delete()
  })

  it('has nothing to do where there is no bucket, and nothing to say in one of another account', async () => {
    const one = await made()
    await one.bucket.delete()
    expect(await step(one)).to.equal(undefined)
    const theirs = bucketAt(accessOf(store, await store.account('release-other'), one.access.bucket))
    await theirs.create()
    expect((await refusal(one)).kind).to.equal('conflict')
    await theirs.head()
  })
})
