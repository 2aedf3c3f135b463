import { expect } from 'chai'
import { type GuardedEnd, guard } from '../../src/domain/guard.ts'
import type { Provider } from '../../src/domain/offer.ts'
import { blockers, durationMs, readDirective } from '../../src/domain/switch.ts'
import { planNamed } from '../support/offers.ts'

function end(
  country: string,
  change: Partial<Provider> = {},
  isolation: 'shared' | 'dedicated' = 'shared'
): GuardedEnd {
  const provider: Provider = {
    name: `in-${country}`,
    displayName: `In ${country}`,
    country,
    regions: [{ name: 'here', country }],
    certifications: [],
    ...change
  }
  return { plan: planNamed('any', { provider: provider.name, isolation }), provider, region: 'here' }
}

const idsOf = (from: GuardedEnd, to: GuardedEnd) => guard(from, to).map(({ id }) => id)

describe('SW-20 the guard of a move', () => {
  it('finds nothing where the target has what the source has', () => {
    expect(idsOf(end('DE'), end('FR'))).to.deep.equal([])
    expect(idsOf(end('US'), end('US'))).to.deep.equal([])
    expect(idsOf(end('US'), end('DE', { certifications: ['c5'] }, 'dedicated'))).to.deep.equal([])
  })

  it('names a target that leaves the EEA, by its data and by its seat', () => {
    expect(idsOf(end('DE'), end('CH'))).to.deep.equal(['leaves-eea', 'seat-leaves-eea'])
    const seat = end('US', { regions: [{ name: 'here', country: 'IE' }] })
    expect(idsOf(end('DE'), seat)).to.deep.equal(['seat-leaves-eea'])
    const data = end('DE', { regions: [{ name: 'here', country: 'GB' }] })
    expect(idsOf(end('DE'), data)).to.deep.equal(['leaves-eea'])
  })

  it('takes a country that is not known for one outside', () => {
    const { provider: _, ...unknown } = end('DE')
    expect(idsOf(end('DE'), { ...unknown, provider: undefined })).to.include('leaves-eea')
  })

  it('names each certification and the isolation that would be lost', () => {
    const certified = end('DE', { certifications: ['c5', 'hds'] }, 'dedicated')
    expect(idsOf(certified, end('DE', { certifications: ['hds'] }))).to.deep.equal([
      'loses-certification:c5',
      'loses-isolation'
    ])
  })

  it('is satisfied by the id in accept, and by nothing where the platform forbids it', () => {
    const [from, to] = [end('DE', { certifications: ['c5'] }), end('DE')]
    expect(blockers(guard(from, to), []).map(({ level }) => level)).to.deep.equal(['accept'])
    expect(blockers(guard(from, to), ['loses-certification:c5'])).to.deep.equal([])
    for (const rule of ['loses-certification', 'loses-certification:c5'])
      expect(blockers(guard(from, to, [rule]), ['loses-certification:c5'])[0]).to.include({
        level: 'blocking'
      })
    expect(blockers(guard(from, to, ['loses-certification:hds']), ['loses-certification:c5'])).to.deep.equal(
      []
    )
  })
})

describe('The directive of a switch', () => {
  it('reads durations of days, hours, minutes and seconds', () => {
    expect(['P2D', 'P1DT2H', 'PT24H', 'PT1H30M', 'PT90M', 'PT45S'].map(durationMs)).to.deep.equal([
      172_800_000, 93_600_000, 86_400_000, 5_400_000, 5_400_000, 45_000
    ])
  })

  it('goes by itself unless it is told otherwise', () => {
    expect(readDirective(undefined)).to.deep.equal({ cutover: 'auto', accept: [] })
    expect(readDirective({ cutover: 'manual', within: 'PT1H', accept: ['leaves-eea'] })).to.deep.equal({
      cutover: 'manual',
      withinMs: 3_600_000,
      accept: ['leaves-eea']
    })
  })
})
