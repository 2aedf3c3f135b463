import { expect } from 'chai'
import { callAt } from '../../test/support/driver-bench.ts'
import { failureOf } from '../../test/support/failures.ts'
import { useInstances } from './fake/bench.ts'
import { adapter } from './index.ts'

describe('scaleway, for portolan doctor', () => {
  const { bench } = useInstances()

  it('asks with its key, and says which right is missing', async () => {
    await bench.opened.ping(callAt())
    const findings = (await bench.opened.inspect?.(callAt()))?.slice(0, 6)
    expect(findings?.map(({ level, subject }) => [level, subject])).to.deep.equal([
      ['ok', 'region fr-par'],
      ['ok', 'node types of fr-par'],
      ['ok', 'region nl-ams'],
      ['ok', 'node types of nl-ams'],
      ['ok', 'region pl-waw'],
      ['ok', 'node types of pl-waw']
    ])
    const stranger = adapter.open({ ...bench.fake.settings, secretKey: 'wrong-key', regions: ['fr-par'] })
    const told = await failureOf(stranger.ping(callAt()), 'denied')
    expect(told.message).not.to.contain('wrong-key')
    const [finding] = (await stranger.inspect?.(callAt())) ?? []
    expect(finding).to.deep.include({ level: 'refused' })
    expect(finding?.remedy).to.equal(
      'set secretKey to the secret key of a key that stands and has not expired'
    )
  })
})
