import { expect } from 'chai'
import { callAt } from '../../test/support/driver-bench.ts'
import { failureOf } from '../../test/support/failures.ts'
import { useServices } from './fake/bench.ts'
import { adapter } from './index.ts'

describe('ovhcloud, for portolan doctor', function () {
  this.timeout(20_000)
  const { bench } = useServices()

  it('asks as its service account, and says which right is missing', async () => {
    await bench.opened.ping(callAt())
    await bench.fake.addForeign('somebody')
    bench.open({ ...bench.fake.settings, regions: ['GRA', 'MARS'], storageRegions: ['GRA', 'MARS'] })
    const findings = await bench.opened.inspect?.(callAt())
    expect(findings?.map(({ level, subject }) => [level, subject])).to.deep.equal([
      ['ok', `project ${String(bench.fake.settings['project'])}`],
      ['ok', 'region GRA'],
      ['warning', 'region MARS'],
      ['ok', 'users of the project'],
      ['ok', 'object storage in GRA'],
      ['warning', 'object storage in MARS']
    ])
    const stranger = adapter.open({ ...bench.fake.settings, clientSecret: 'wrong-secret' })
    const told = await failureOf(stranger.ping(callAt()), 'denied')
    expect(told.message).not.to.contain('wrong-secret')
    const [finding] = (await stranger.inspect?.(callAt())) ?? []
    expect(finding).to.deep.include({ level: 'refused' })
    expect(finding?.remedy).to.equal(
      'set clientId and clientSecret to those of a service account that stands'
    )
  })
})
