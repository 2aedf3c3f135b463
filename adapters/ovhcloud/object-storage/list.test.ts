import { expect } from 'chai'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import { BROKER, callAt } from '../../../test/support/driver-bench.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('object storage of OVHcloud, what a list shows', function () {
  this.timeout(20_000)
  const { bench, driver, made } = useBuckets()

  it('lists the buckets of this broker only', async () => {
    const engine = await made()
    await engine.bind(freshLogin())
    await bench.fake.addForeignUser('somebody else')
    await bench.fake.addForeignUser(`portolan ${engine.book.order.name} broker-2 r 1 owner GRA`)
    await bench.fake.addForeignUser('portolan p broker-1 r one owner GRA')
    const found = []
    for await (const each of driver().list?.(BROKER, callAt()) ?? []) found.push(each)
    expect(found.map(({ name, region }) => [name, region])).to.deep.equal([[engine.book.order.name, 'GRA']])
  })
})
