import { expect } from 'chai'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import { boundBucket } from '../../../test/support/buckets.ts'
import { BROKER, callAt } from '../../../test/support/driver-bench.ts'
import { ended } from '../../../test/support/failures.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('object storage at scaleway, what a list shows', function () {
  this.timeout(60_000)
  const { asOwner, bench, driver, made, nameOf } = useBuckets()

  it('of another region is found there and nowhere else', async () => {
    const engine = await made({}, 'nl-ams')
    const credentials = await engine.bind(freshLogin())
    expect(credentials['region']).to.equal('nl-ams')
    await boundBucket(credentials).put('key', 'value')
    expect(await ended(boundBucket({ ...credentials, region: 'fr-par' }).get('key'))).to.equal('not-found')
    const found = []
    for await (const each of driver().list?.(BROKER, callAt()) ?? []) found.push([each.name, each.region])
    expect(found).to.deep.equal([[nameOf(engine), 'nl-ams']])
  })

  it('that is closed to the broker does not hide the others', async () => {
    const [closed, engine] = [await made(), await made()]
    const wanted = (await (await asOwner(closed)).policy()) ?? {}
    await bench.fake.setBucketPolicy(nameOf(closed), { ...wanted, Statement: [] })
    const [found, notes]: string[][] = [[], []]
    const call = { ...callAt(), note: (text: string) => notes?.push(text) }
    for await (const each of driver().list?.(BROKER, call) ?? []) found?.push(each.name)
    expect(found).to.deep.equal([nameOf(engine)])
    expect(notes).to.deep.equal(['a bucket of the project is closed to the broker'])
  })
})
