import { expect } from 'chai'
import type { Provider } from '../../src/domain/offer.ts'
import type { Sees } from '../../src/domain/platform.ts'
import { visibleRegions } from '../../src/identity/visibility.ts'

const PLAN = {
  id: '7f3b62a8-99f4-4198-9691-40140489e237',
  name: 'alder-small',
  regions: ['a-1', 'a-2', 'a-3']
}

const PROVIDER: Provider = {
  name: 'alder',
  displayName: 'Alder',
  country: 'DE',
  regions: [
    { name: 'a-1', country: 'DE' },
    { name: 'a-2', country: 'AT' }
  ],
  certifications: ['ISO-27001', 'HDS-2']
}

const TABLE: readonly (readonly [string, Sees, readonly string[]])[] = [
  ['with no filter sees every region', {}, ['a-1', 'a-2', 'a-3']],
  ['that sees the provider sees every region', { providers: ['birch', 'alder'] }, ['a-1', 'a-2', 'a-3']],
  ['that sees other providers sees none', { providers: ['birch'] }, []],
  ['that sees no provider sees none', { providers: [] }, []],
  ['that sees the plan by name sees every region', { plans: ['alder-small'] }, ['a-1', 'a-2', 'a-3']],
  ['that sees the plan by id sees every region', { plans: [PLAN.id] }, ['a-1', 'a-2', 'a-3']],
  ['that sees other plans sees none', { plans: ['alder-large'] }, []],
  ['of one country sees that country', { countries: ['AT'] }, ['a-2']],
  ['of two countries keeps the order of the plan', { countries: ['AT', 'DE'] }, ['a-1', 'a-2']],
  ['of no country sees none', { countries: [] }, []],
  [
    'that asks for a held certification sees every region',
    { certifications: ['HDS-2'] },
    ['a-1', 'a-2', 'a-3']
  ],
  ['that asks for one more than is held sees none', { certifications: ['HDS-2', 'C5'] }, []],
  ['whose filters meet sees what passes all', { providers: ['alder'], countries: ['DE'] }, ['a-1']],
  ['whose filters do not meet sees none', { providers: ['alder'], countries: ['FR'] }, []]
]

describe('A platform', () => {
  for (const [title, sees, regions] of TABLE) {
    it(title, () => expect(visibleRegions({ sees }, PLAN, PROVIDER)).to.deep.equal(regions))
  }
})
