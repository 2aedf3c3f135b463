import { expect } from 'chai'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('object storage at scaleway, what an update changes', function () {
  this.timeout(60_000)
  const { asOwner, made } = useBuckets()

  it('keeps what it kept when versioning ends', async () => {
    const engine = await made({ versioning: true })
    const bucket = await asOwner(engine)
    for (const value of ['1', '2']) await bucket.put('key', value)
    await engine.update({ ...engine.book.order, parameters: { versioning: false } })
    expect(await bucket.versioning()).to.equal('suspended')
    expect(await bucket.versions()).to.have.length(2)
  })
})
