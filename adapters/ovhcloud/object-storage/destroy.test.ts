import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import { beginUpload, boundBucket } from '../../../test/support/buckets.ts'
import { callAt, handleOf } from '../../../test/support/driver-bench.ts'
import { failureOf } from '../../../test/support/failures.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('object storage of OVHcloud, what a destroy removes', function () {
  this.timeout(20_000)
  const { bench, driver, made, usersBy } = useBuckets()

  it('leaves alone what somebody gave another description', async () => {
    const engine = await made()
    const [owner] = await usersBy('owner')
    await bench.fake.describeUser(owner?.id ?? 0, 'now mine')
    const { buckets } = await bench.fake.state()
    for (const attempt of [
      () => driver().destroy(handleOf(engine), callAt()),
      () => driver().bind?.(handleOf(engine), freshLogin(), {}, undefined, callAt()),
      () => driver().access?.(handleOf(engine), callAt()),
      () => driver().observe(handleOf(engine), callAt())
    ]) {
      await failureOf(attempt(), 'conflict')
    }
    expect((await bench.fake.state()).buckets).to.deep.equal(buckets)
  })

  it('destroys a bucket with versions, markers and uploads in it', async () => {
    const engine = await made({ versioning: true })
    const bucket = boundBucket(await engine.bind(freshLogin()))
    for (const value of ['1', '2']) await bucket.put('key', value)
    await bucket.deleteVersions([{ key: 'key', version: '', isMarker: false }])
    const access = (await engine.access()) as ObjectStorageAccess
    await beginUpload(access, 'never-completed')
    const refused = await failureOf(driver().destroy(handleOf(engine), callAt()), 'conflict')
    expect(refused.message).to.contain('empty')
    expect((await bench.fake.state()).buckets).to.have.length(1)
    await engine.remove()
    const { users, buckets } = await bench.fake.state()
    expect({ users, buckets }).to.deep.equal({ users: [], buckets: [] })
  })
})
