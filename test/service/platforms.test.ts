import { expect } from 'chai'
import { callerOf, openCore } from '../support/core.ts'
import { databases } from '../support/databases.ts'
import {
  bind,
  deprovision,
  fetchBinding,
  fetchInstance,
  poll,
  pollBinding,
  provision,
  rotate,
  unbind,
  update
} from '../support/requests.ts'
import { expectRefused, onEveryDatabase, statusesOf } from '../support/suite.ts'

onEveryDatabase('Platforms', (bench) => {
  const [one, other] = [callerOf({ name: 'one' }), callerOf({ name: 'other' })]

  it('that use the same ids meet nothing of each other', async () => {
    const { core, id } = bench
    const mine = { caller: one }
    const theirs = { caller: other }
    await provision(core, id, 'slow', mine)
    await core.settle()
    const made = await bind(core, id, 'b', 'slow', mine)
    await core.settle()
    const before = await core.tables()
    const token = { operation: String(made.body['operation']) }
    const strange = [
      await fetchInstance(core, id, theirs),
      await fetchBinding(core, id, 'b', theirs),
      await poll(core, id, {}, theirs),
      await poll(core, id, token, theirs),
      await pollBinding(core, id, 'b', token, theirs),
      await update(core, id, { parameters: { size: 1 } }, theirs),
      await bind(core, id, 'b2', 'slow', theirs),
      await rotate(core, id, 'b2', { predecessor_binding_id: 'b' }, theirs),
      await unbind(core, id, 'b', 'slow', theirs),
      await deprovision(core, id, 'slow', theirs)
    ]
    expect(strange.map(({ status }) => status)).to.deep.equal([
      404, 404, 404, 404, 404, 404, 404, 404, 410, 410
    ])
    const unknown = await fetchInstance(core, 'never', theirs)
    expect(strange[0]?.description).to.equal(unknown.description)
    expect(await core.tables()).to.deep.equal(before)

    expect((await provision(core, id, 'quick', theirs)).status).to.equal(201)
    expect((await fetchInstance(core, id, mine)).body['plan_id']).to.equal('plan-slow')
    expect((await fetchInstance(core, id, theirs)).body['plan_id']).to.equal('plan-quick')
    await deprovision(core, id, 'quick', theirs)
    expect((await fetchInstance(core, id, mine)).status).to.equal(200)
  })

  it('cannot tell a plan they may not see from one that is not there, nor order a hidden region', async () => {
    const { core, id } = bench
    const german = callerOf({ name: 'german', sees: { countries: ['DE'] } })
    const hidden = await expectRefused(core, 400, () => provision(core, id, 'abroad', { caller: german }))
    const unknown = await expectRefused(core, 400, () => provision(core, id, 'nothing', { caller: german }))
    expect(hidden.description).to.equal(unknown.description)
    const refused = await expectRefused(core, 400, () =>
      provision(core, id, 'quick', { caller: german, body: { parameters: { region: 'hill' } } })
    )
    expect(refused.description).to.not.match(/must be one of.*hill/)
    const blind = callerOf({ name: 'blind', sees: { plans: [] } })
    await expectRefused(core, 400, () => provision(core, id, 'quick', { caller: blind }))
    expect((await provision(core, id, 'quick', { caller: german })).status).to.equal(201)
    await expectRefused(core, 400, () => update(core, id, { plan_id: 'plan-abroad' }, { caller: german }))
  })

  it('get the default region among those they see', async () => {
    const { core, id } = bench
    const austrian = callerOf({ name: 'austrian', sees: { countries: ['AT'] } })
    const { body } = await provision(core, id, 'quick', { caller: austrian })
    expect(body['metadata']).to.deep.include({
      labels: { provider: 'north', region: 'hill', country: 'AT', isolation: 'shared' }
    })
  })

  it('keep what they have when they see it no longer', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick', { caller: callerOf({ name: 'shrunk' }) })
    const caller = callerOf({ name: 'shrunk', sees: { plans: [] } })
    expect((await fetchInstance(core, id, { caller })).status).to.equal(200)
    expect(
      (await update(core, id, { plan_id: 'plan-quick', parameters: { size: 2 } }, { caller })).status
    ).to.equal(200)
    expect((await bind(core, id, 'b', 'quick', { caller })).status).to.equal(201)
    expect((await unbind(core, id, 'b', 'quick', { caller })).status).to.equal(200)
    expect((await deprovision(core, id, 'quick', { caller })).status).to.equal(200)
  })

  it('never take more than their quota with twenty requests at once', async () => {
    const { core, id } = bench
    for (const plan of ['quick', 'slow']) {
      const caller = callerOf({ name: `small-${plan}-${id}`, quotas: { instances: 3 } })
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => provision(core, `${id}-${n}`, plan, { caller }))
      )
      const accepted = answers.filter(({ status }) => status !== 400)
      expect(accepted.length).to.equal(3)
      await core.settle()
      const refused = await expectRefused(core, 400, () => provision(core, `${id}-late`, plan, { caller }))
      expect(refused.description).to.contain('quota')
    }
  })

  it('count an organization’s quota by itself, and a removed instance no more', async () => {
    const { core, id } = bench
    const caller = callerOf({ name: `org-${id}`, quotas: { instancesPerOrganization: 1 } })
    const of = (n: number, organization_guid: string) =>
      provision(core, `${id}-${n}`, 'quick', { caller, body: { organization_guid } })
    const together = await Promise.all([of(1, 'a'), of(2, 'a'), of(3, 'b'), of(4, 'b')])
    expect(statusesOf(together)).to.deep.equal([201, 201, 400, 400])
    for (const n of [1, 2, 3, 4]) await deprovision(core, `${id}-${n}`, 'quick', { caller })
    expect((await of(5, 'a')).status).to.equal(201)
  })

  it('are told which setting is missing before anything is ordered behind a firewall', async () => {
    const [sqlite] = databases
    const place = await (sqlite as (typeof databases)[0]).fresh()
    const walled = { driver: (driver: object) => ({ ...driver, networkRules: true }) as never }
    const core = await openCore(place.address, walled)
    const open = callerOf({ allowFrom: ['10.0.0.0/8'] })
    const refused = await expectRefused(core, 400, () => provision(core, 'i', 'quick'))
    expect(refused.description).to.contain('platforms.cf.allowFrom').and.contain('brokerAddresses')
    const half = await expectRefused(core, 400, () => provision(core, 'i', 'quick', { caller: open }))
    expect(half.description).to.contain('brokerAddresses').and.not.contain('allowFrom')
    await core.close()
    await place.drop()
  })
})
