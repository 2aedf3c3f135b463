import { expect } from 'chai'
import type { JsonObject } from '../../../src/contract/json.ts'
import { callAt } from '../../../test/support/driver-bench.ts'
import { useBuckets } from '../fake/bucket-bench.ts'
import { adapter } from '../index.ts'

describe('object storage at scaleway, for portolan doctor', function () {
  this.timeout(60_000)
  const { bench, made } = useBuckets()

  const findings = async (change: JsonObject = {}) => {
    const all = await adapter
      .open({ ...bench.fake.settings, regions: ['fr-par'], ...change })
      .inspect?.(callAt())
    return all
      ?.filter(({ subject }) => subject.startsWith('object storage'))
      .map(({ level, subject, text, remedy }) => `${level} ${subject}: ${remedy ?? text}`)
  }

  const settings = (change: JsonObject) => ({
    objectStorage: { ...(bench.fake.settings['objectStorage'] as JsonObject), ...change }
  })

  it('says that everything is there, and how much is used', async () => {
    await made()
    expect(await findings()).to.deep.equal([
      'ok object storage of fr-par: 1 buckets in the project',
      'ok object storage, IAM: 3 applications in the organisation',
      'ok object storage, IAM: 3 policies in the organisation',
      'ok object storage, IAM: 1 api keys in the organisation'
    ])
  })

  it('names what the key lacks', async () => {
    await bench.fake.setScene({ noIam: true })
    expect(await findings()).to.include(
      'refused object storage, IAM: give the key IAMApplicationManager and IAMPolicyManager in the organisation'
    )
    const [bucketsRefused] = (await findings({ projectId: 'another' })) ?? []
    expect(bucketsRefused).to.equal(
      'refused object storage of fr-par: give the key ObjectStorageFullAccess in the project'
    )
  })

  it('tells an access key of nobody, and another organisation', async () => {
    const unknown = await findings(settings({ accessKey: 'SCW00000000000000000' }))
    expect(unknown?.[0]).to.equal(
      'refused object storage of fr-par: set objectStorage.accessKey and secretKey to the two halves of one key'
    )
    expect(unknown?.[1]).to.match(/^refused object storage, IAM: access_key at Scaleway is not there/)
    const [, other] = (await findings(settings({ organizationId: 'another' }))) ?? []
    expect(other).to.match(/^refused object storage, IAM: set objectStorage.organizationId to 4444/)
  })

  it('says why there are no buckets where the settings for them are missing', async () => {
    const { objectStorage: _objectStorage, ...without } = bench.fake.settings
    expect(Object.keys(adapter.open(without).drivers)).to.not.include('object-storage')
    const all = await adapter.open({ ...without, regions: ['fr-par'] }).inspect?.(callAt())
    const [finding] = all?.filter(({ subject }) => subject === 'object storage') ?? []
    expect(finding).to.deep.include({ level: 'warning' })
    expect(finding?.text).to.contain('objectStorage.accessKey')
  })
})
