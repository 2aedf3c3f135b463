import { expect } from 'chai'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import { boundBucket } from '../../../test/support/buckets.ts'
import { callAt, handleOf } from '../../../test/support/driver-bench.ts'
import { ended } from '../../../test/support/failures.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('object storage at scaleway, what a destroy removes', function () {
  this.timeout(60_000)
  const { bench, driver, made } = useBuckets()

  it('goes with everything in it, and with everything that IAM had for it', async () => {
    const engine = await made({ versioning: true })
    const credentials = await engine.bind(freshLogin())
    for (const value of ['1', '2']) await boundBucket(credentials).put('key', value)
    expect(await ended(driver().destroy(handleOf(engine), callAt()))).to.equal('conflict')
    expect(await ended(boundBucket(credentials).get('key'))).to.equal('denied')
    await engine.remove()
    const { buckets, applications, policies, apiKeys } = await bench.fake.state()
    expect([...buckets, ...applications, ...policies, ...apiKeys]).to.deep.equal([])
  })
})
