import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import { bucketAt } from '../../../test/support/buckets.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('object storage of OVHcloud, what an update changes', function () {
  this.timeout(20_000)
  const { made } = useBuckets()

  it('suspends versioning that nobody wants any more, and keeps what was kept', async () => {
    const engine = await made({ versioning: true })
    const bucket = bucketAt((await engine.access()) as ObjectStorageAccess)
    for (const value of ['1', '2']) await bucket.put('key', value)
    await engine.update({ ...engine.book.order, parameters: {} })
    expect(await bucket.versioning()).to.equal('suspended')
    expect(await bucket.versions()).to.have.length(2)
  })
})
