import { expect } from 'chai'
import type { Json } from '../../src/contract/json.ts'
import { canonicalJson as canonical } from '../../src/domain/canonical-json.ts'
import { bindIdentity, provisionIdentity } from '../../src/domain/request-identity.ts'
import { revisionOf } from '../../src/domain/revision.ts'
import { planNamed } from '../support/offers.ts'

describe('The canonical text of a value', () => {
  it('is the same whatever the order of keys, at any depth', () => {
    expect(canonical({ a: [{ x: 1, y: 2 }], b: null })).to.equal(canonical({ b: null, a: [{ y: 2, x: 1 }] }))
  })

  it('is another for every other value', () => {
    const values: Json[] = [
      null,
      true,
      false,
      0,
      1,
      '',
      '1',
      'true',
      [],
      {},
      [null],
      [[]],
      { a: 1 },
      { a: '1' },
      { a: [1] },
      { b: 1 },
      ['a', 1],
      { '': 1 },
      '{"a":1}'
    ]
    expect(new Set(values.map(canonical)).size).to.equal(values.length)
  })

  it('keeps keys apart that a language might take for its own', () => {
    const proto = JSON.parse('{"__proto__": 1}') as Json
    expect(canonical(proto)).to.equal('{"__proto__":1}')
    expect(canonical({ constructor: 1 })).to.equal('{"constructor":1}')
  })
})

describe('The identity of a request', () => {
  const provision = { serviceId: 's', planId: 'p', organization: 'o', space: 'x', parameters: {} }
  const bind = { serviceId: 's', planId: 'p', parameters: {}, app: '', route: '', predecessor: '' }

  it('changes with each attribute that counts', () => {
    for (const field of ['serviceId', 'planId', 'organization', 'space'])
      expect(provisionIdentity({ ...provision, [field]: 'other' }), field).to.not.equal(
        provisionIdentity(provision)
      )
    for (const field of ['serviceId', 'planId', 'app', 'route', 'predecessor'])
      expect(bindIdentity({ ...bind, [field]: 'other' }), field).to.not.equal(bindIdentity(bind))
  })

  it('does not change with what does not count', () => {
    expect(provisionIdentity({ ...provision, context: { a: 1 } } as never)).to.equal(
      provisionIdentity(provision)
    )
  })

  it('cannot be forged by moving text from one attribute into another', () => {
    expect(provisionIdentity({ ...provision, serviceId: 's","space":"y' })).to.not.equal(
      provisionIdentity({ ...provision, space: 'y' })
    )
  })
})

describe('A plan revision', () => {
  it('has the same digest for the same plan and another for whatever differs', () => {
    const plan = planNamed('small')
    expect(revisionOf(plan)).to.deep.equal(revisionOf(planNamed('small')))
    expect(revisionOf(planNamed('small', { metadata: { x: 1 } })).digest).to.not.equal(
      revisionOf(plan).digest
    )
    expect(JSON.parse(revisionOf(plan).body)).to.deep.equal(plan)
  })
})
