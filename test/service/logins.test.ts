import { expect } from 'chai'
import type { Driver } from '../../src/contract/adapter.ts'
import { textAt } from '../../src/contract/read.ts'
import { type Core, openCore } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { catalogOf, PLANS, planNamed } from '../support/offers.ts'
import { operatorOf } from '../support/operator.ts'
import { bind, deprovision, provision, unbind, update } from '../support/requests.ts'

const OWN = planNamed('own', { isolation: 'dedicated', driverPlan: { logins: 'provider' } })
const OWN_LARGE = planNamed('own-large', {
  isolation: 'dedicated',
  driverPlan: { logins: 'provider', size: 2 }
})

describe('Logins that the plan has its provider make', () => {
  let place: Place
  let core: Core
  const made: string[] = []

  before(async () => {
    const [database] = databases
    if (!database) throw new Error('no database')
    place = await database.fresh()
    core = await openCore(place.address, { driver: withLogins })
    core.catalog.now = catalogOf([...PLANS, OWN, OWN_LARGE])
  })
  beforeEach(() => {
    made.length = 0
    core.cloud.calls.length = 0
    core.catalog.now = catalogOf([...PLANS, OWN, OWN_LARGE])
  })
  after(async () => {
    await core.close()
    await place.drop()
  })

  function withLogins(driver: Driver): Driver {
    return {
      ...driver,
      inspect: async (handle) => [
        { level: 'refused', text: `seen at ${textAt(handle, 'name')}`, remedy: 'mend it' }
      ],
      makesLogins: ({ logins }) => logins === 'provider',
      bind: async (handle, { name }) => {
        made.push(`bind ${textAt(handle, 'name')}`)
        return { state: 'ready', grant: { handle: { v: 1, name } } }
      },
      unbind: async (_handle, _login, grant) => {
        made.push(`unbind ${grant === undefined ? 'of nothing' : 'of a grant'}`)
      }
    }
  }

  it('are the driver’s, and the family prepares nothing for them', async () => {
    await provision(core, 'one', 'own')
    expect((await bind(core, 'one', 'b', 'own')).status).to.equal(201)
    expect((await unbind(core, 'one', 'b', 'own')).status).to.equal(200)
    const [thing] = core.cloud.things.keys()
    expect(made).to.deep.equal([`bind ${thing}`, 'unbind of a grant'])
    expect(core.cloud.calls).not.to.include.members(['prepare'])
    expect(core.cloud.calls).not.to.include.members(['bind'])
    await deprovision(core, 'one', 'own')
    expect(core.cloud.things.size).to.equal(0)
  })

  it('are the family’s where another plan of the same driver says so', async () => {
    await provision(core, 'two', 'quick')
    await bind(core, 'two', 'b', 'quick')
    await unbind(core, 'two', 'b', 'quick')
    expect(made).to.deep.equal([])
    expect(core.cloud.calls).to.include.members(['prepare', 'bind', 'unbind'])
  })

  it('stay whose they are: a plan update between the two is refused with the reason', async () => {
    await provision(core, 'three', 'own')
    await provision(core, 'four', 'quick')
    core.cloud.calls.length = 0
    for (const [id, to] of [
      ['three', 'plan-quick'],
      ['four', 'plan-own']
    ] as const) {
      const told = await update(core, id, { plan_id: to })
      expect(told, to).to.include({ status: 422 })
      expect(told.description).to.equal(
        'north makes the logins of own, but not those of quick: a service instance cannot change between the two'
      )
    }
    expect((await update(core, 'three', { plan_id: 'plan-own-large' })).status).to.equal(200)
    expect(core.cloud.calls).to.deep.equal(['update'])
  })

  it('stay whose they are when the plan itself is changed', async () => {
    await provision(core, 'five', 'own')
    const maintenanceInfo = { version: '2.0.0' }
    const turned = planNamed('own', { isolation: 'dedicated', driverPlan: {}, maintenanceInfo })
    core.catalog.now = catalogOf([...PLANS, turned])
    await bind(core, 'five', 'b', 'own')
    expect(made).to.have.length(1)
    const told = await update(core, 'five', { maintenance_info: maintenanceInfo })
    expect(told).to.include({ status: 422 })
    expect(told.description).to.contain('the plan own has changed who makes its logins')
    await unbind(core, 'five', 'b', 'own')
    expect(made.at(-1)).to.equal('unbind of a grant')
  })

  it('are looked at by the doctor, once for all plans alike, whose names it tells', async () => {
    const { findings } = await operatorOf(core).diagnose()
    const found = findings.filter(({ text }) => text.startsWith('seen at'))
    expect(found.map(({ about, subject, level, remedy }) => [about, subject, level, remedy])).to.deep.equal([
      [
        'provider north',
        `plans ${PLANS.filter(({ provider }) => provider === 'north')
          .map(({ name }) => name)
          .join(', ')}`,
        'refused',
        'mend it'
      ],
      ['provider north', 'plans own, own-large', 'refused', 'mend it']
    ])
  })

  it('cannot go along to another provider', async () => {
    await provision(core, 'six', 'own')
    const told = await update(core, 'six', { plan_id: 'plan-abroad' })
    expect(told).to.include({ status: 422 })
    expect(told.description).to.equal(
      'north makes the logins of own: its instances cannot switch provider or region'
    )
  })
})
