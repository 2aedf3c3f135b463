import { expect } from 'chai'
import type { JsonObject } from '../../../src/contract/json.ts'
import { callAt } from '../../../test/support/driver-bench.ts'
import { useBuckets } from '../fake/bucket-bench.ts'
import { adapter } from '../index.ts'

describe('object storage of OVHcloud, for portolan doctor', function () {
  this.timeout(20_000)
  const { bench, made } = useBuckets()

  it('says what doctor can see of it, and which right is missing', async () => {
    const told = async (settings: JsonObject) =>
      (await adapter.open({ ...bench.fake.settings, ...settings }).inspect?.(callAt()))?.filter(
        ({ subject }) => /users|object storage/.test(subject)
      )
    await made()
    expect(await told({ storageRegions: ['GRA'] })).to.deep.equal([
      { level: 'ok', subject: 'users of the project', text: '1 of 1000' },
      { level: 'ok', subject: 'object storage in GRA', text: '1 buckets' }
    ])
    const [denied] = (await told({ clientSecret: 'wrong' })) ?? []
    expect(denied?.level).to.equal('warning')
    expect(denied?.remedy).to.contain('clientSecret')
  })
})
