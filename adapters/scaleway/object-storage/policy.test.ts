import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { textAt } from '../../../src/contract/read.ts'
import type { Bucket } from '../../../src/contract/s3.ts'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import type { Engine } from '../../../test/conformance/run.ts'
import { boundBucket, bucketAt } from '../../../test/support/buckets.ts'
import { callAt, handleOf } from '../../../test/support/driver-bench.ts'
import { ended, failureOf } from '../../../test/support/failures.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('object storage at scaleway, the policy of a bucket', function () {
  this.timeout(60_000)
  const { asOwner, begin, bench, driver, iam, made, nameOf } = useBuckets()

  /** Somebody with a key of the project that may do everything with object storage, and no word in any bucket's policy. */
  async function neighbour(engine: Engine): Promise<Bucket> {
    const { organizationId } = bench.fake.settings['objectStorage'] as { organizationId: string }
    const project = textAt(bench.fake.settings, 'projectId')
    const common = { name: 'neighbour', organization_id: organizationId }
    const application = await iam('POST', '/applications', common)
    const rule = { permission_set_names: ['ObjectStorageFullAccess'], project_ids: [project] }
    const id = textAt(application.body, 'id')
    await iam('POST', '/policies', { ...common, application_id: id, rules: [rule] })
    const key = await iam('POST', '/api-keys', { application_id: id, default_project_id: project })
    return bucketAt({
      ...((await engine.access()) as ObjectStorageAccess),
      accessKeyId: textAt(key.body, 'access_key'),
      secretAccessKey: textAt(key.body, 'secret_key')
    })
  }

  it('is closed to every other key of the project, from its first step on', async () => {
    const engine = begin()
    const chosen = await engine.step('create', (by, call) => by.create(engine.book.order, undefined, call))
    if (chosen.state !== 'pending') throw new Error(chosen.state)
    const marked = await engine.step('create', (by, call) =>
      by.create(engine.book.order, chosen.handle, call)
    )
    if (marked.state !== 'pending') throw new Error(marked.state)
    engine.book.handle = marked.handle
    const stranger = await neighbour(engine)
    expect(await ended(stranger.put('early', 'bird'))).to.equal('denied')
    await engine.create()
    expect(await ended(stranger.put('late', 'bird'))).to.equal('denied')
    expect(await ended(stranger.versions())).to.equal('denied')
    await bench.fake.setBucketPolicy(nameOf(engine), null)
    // So it was the policy that kept the neighbour out.
    expect(await ended(stranger.put('late', 'bird'))).to.equal('done')
  })

  it('whose policy somebody changed is told, and an update sets it back', async () => {
    const engine = await made()
    const reader = await engine.bind(freshLogin(), { access: 'read-only' })
    const owner = await asOwner(engine)
    const wanted = await owner.policy()
    const [broker] = (wanted?.['Statement'] ?? []) as readonly JsonObject[]
    const open = { ...broker, Sid: 'all', Principal: '*', Action: ['s3:ListBucket', 's3:PutObject'] }
    for (const policy of [null, { ...wanted, Statement: [broker ?? {}, open] }]) {
      await bench.fake.setBucketPolicy(nameOf(engine), policy)
      const told = await failureOf(driver().observe(handleOf(engine), callAt()))
      expect(told.kind).to.equal('conflict')
      expect(told.message).to.contain('policy')
      await engine.update(engine.book.order)
      expect(await owner.policy()).to.deep.equal(wanted)
      expect((await driver().observe(handleOf(engine), callAt())).state).to.equal('ready')
      expect(await ended(boundBucket(reader).put('key', 'value'))).to.equal('denied')
    }
  })

  it('may have its policy written in another way', async () => {
    const engine = await made()
    const wanted = (await (await asOwner(engine)).policy()) ?? {}
    const statements = (wanted['Statement'] as readonly JsonObject[]).map((each) => ({
      ...each,
      Principal: { SCW: [(each['Principal'] as { SCW: string }).SCW] },
      Action: [...(each['Action'] as readonly string[])].toReversed()
    }))
    await bench.fake.setBucketPolicy(nameOf(engine), { ...wanted, Statement: statements.toReversed() })
    expect((await driver().observe(handleOf(engine), callAt())).state).to.equal('ready')
  })

  it('that locks the broker out stays as it is, with everybody who may use it', async () => {
    const engine = await made()
    const credentials = await engine.bind(freshLogin())
    await boundBucket(credentials).put('key', 'value')
    const wanted = (await (await asOwner(engine)).policy()) ?? {}
    const [, ...others] = wanted['Statement'] as readonly JsonObject[]
    await bench.fake.setBucketPolicy(nameOf(engine), { ...wanted, Statement: others })
    const told = await failureOf(engine.update(engine.book.order))
    expect(told.kind).to.equal('denied')
    expect(told.message).to.contain('its policy leaves the broker out')
    expect(await ended(driver().destroy(handleOf(engine), callAt()))).to.equal('denied')
    expect(await boundBucket(credentials).get('key')).to.equal('value')
  })
})
