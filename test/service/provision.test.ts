import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { callerOf, told } from '../support/core.ts'
import { catalogOf, OTHER_SERVICE, PLANS } from '../support/offers.ts'
import { bodyOf, deprovision, fetchInstance, poll, provision, update } from '../support/requests.ts'
import { expectRefused, hold, onEveryDatabase, statusesOf } from '../support/suite.ts'

onEveryDatabase('Provision', (bench) => {
  const raw = (body: JsonObject, ai = true) =>
    told(bench.core.broker.provision(callerOf(), bench.id, ai, body))
  const without = (field: string) => {
    const { [field]: _gone, ...rest } = bodyOf('quick')
    return rest
  }

  it('P-01 S-03 makes the real thing and answers 201 with an object', async () => {
    const { core, id } = bench
    for (const ai of [true, false]) {
      const before = core.cloud.things.size
      const { status, body } = await provision(core, `${id}-${ai}`, 'quick', { ai })
      expect(status).to.equal(201)
      expect(body).to.be.an('object')
      expect(core.cloud.things.size).to.equal(before + 1)
    }
  })

  it('P-02 S-02 L-12 answers 202 with a token that can be polled at once', async () => {
    const { core, id } = bench
    const { status, body } = await provision(core, id, 'slow')
    expect(status).to.equal(202)
    expect(body['operation']).to.be.a('string').with.length.within(1, 10_000)
    expect((await poll(core, id, { operation: String(body['operation']) })).status).to.equal(200)
    await core.settle()
  })

  it('P-03 answers the same PUT while it runs with 202 and the same operation', async () => {
    const { core, id } = bench
    const held = hold(core, 'create')
    const first = await provision(core, id, 'slow')
    await held.reached
    for (let time = 0; time < 3; time++)
      expect((await provision(core, id, 'slow')).body).to.deep.equal(first.body)
    held.release()
    await core.settle()
  })

  it('P-04 P-16 answers the same PUT when done with 200 and the same body, with and without accepts_incomplete', async () => {
    const { core, id } = bench
    for (const plan of ['quick', 'slow']) {
      const first = await provision(core, id + plan, plan)
      await core.settle()
      for (const ai of [true, false]) {
        const again = await provision(core, id + plan, plan, { ai })
        expect(again.status).to.equal(200)
        expect(again.body['metadata']).to.deep.equal(first.body['metadata'])
      }
    }
  })

  it('P-05 answers 409 when any attribute differs, done or in progress', async () => {
    const { core, id } = bench
    const different: JsonObject[] = [
      { organization_guid: 'org-2' },
      { space_guid: 'space-2' },
      { parameters: { size: 2 } },
      { parameters: { region: 'hill' } },
      { plan_id: 'plan-quick-large' },
      { service_id: OTHER_SERVICE, plan_id: 'plan-chest' },
      { service_id: OTHER_SERVICE }
    ]
    await provision(core, id, 'quick', { body: { parameters: { size: 1 } } })
    for (const body of different)
      await expectRefused(core, 409, () =>
        provision(core, id, 'quick', { body: { parameters: { size: 1 }, ...body } })
      )
    const held = hold(core, 'create')
    await provision(core, `${id}-slow`, 'slow')
    await held.reached
    for (const body of different)
      await expectRefused(core, 409, () => provision(core, `${id}-slow`, 'slow', { body: { ...body } }))
    held.release()
    await core.settle()
  })

  it('P-05 takes no order of keys, absent parameters, context or maintenance_info for a difference', async () => {
    const { core, id } = bench
    await provision(core, id, 'kept', { body: { parameters: { size: 1, region: 'hill' } } })
    const same: JsonObject[] = [
      { parameters: { region: 'hill', size: 1 } },
      { parameters: { size: 1, region: 'hill' }, context: { platform: 'kubernetes' } },
      { parameters: { size: 1, region: 'hill' }, maintenance_info: { version: '1.2.0' } }
    ]
    for (const body of same) expect((await provision(core, id, 'kept', { body })).status).to.equal(200)
    await provision(core, `${id}b`, 'quick')
    for (const parameters of [null, {}])
      expect((await provision(core, `${id}b`, 'quick', { body: { parameters } })).status).to.equal(200)
  })

  it('P-06 refuses with 400 whatever is missing or not a non-empty string', async () => {
    const { core } = bench
    for (const field of ['service_id', 'plan_id', 'organization_guid', 'space_guid']) {
      await expectRefused(core, 400, () => raw(without(field)))
      for (const value of ['', null, 1, {}, [], true])
        await expectRefused(core, 400, () => raw({ ...bodyOf('quick'), [field]: value }))
    }
  })

  it('P-07 refuses an unknown service, an unknown plan and the plan of another service with 400', async () => {
    const { core, id } = bench
    for (const body of [{ service_id: 'nothing' }, { plan_id: 'nothing' }, { plan_id: 'plan-chest' }])
      await expectRefused(core, 400, () => provision(core, id, 'quick', { body }))
  })

  it('P-08 refuses parameters that do not fit, and names the field', async () => {
    const { core, id } = bench
    const refused = await expectRefused(core, 400, () =>
      provision(core, id, 'quick', { body: { parameters: { sise: 1 } } })
    )
    expect(refused.description).to.contain('sise')
    await expectRefused(core, 400, () =>
      provision(core, id, 'quick', { body: { parameters: { size: 'x' } } })
    )
    await expectRefused(core, 400, () =>
      provision(core, id, 'quick', { body: { parameters: { region: 'nowhere' } } })
    )
  })

  it('P-09 refuses parameters that are no object, and takes null for none', async () => {
    const { core, id } = bench
    for (const parameters of [[], 'x', 1, true])
      await expectRefused(core, 400, () => provision(core, id, 'quick', { body: { parameters } }))
    expect((await provision(core, id, 'quick', { body: { parameters: null } })).status).to.equal(201)
  })

  it('P-10 S-01 refuses an asynchronous plan without accepts_incomplete, and nothing begins', async () => {
    const { core, id } = bench
    const refused = await expectRefused(
      core,
      422,
      () => provision(core, id, 'slow', { ai: false }),
      'AsyncRequired'
    )
    expect(refused.description).to.equal(
      'This service plan requires client support for asynchronous service operations.'
    )
    expect((await poll(core, id)).status).to.equal(404)
  })

  it('P-11 P-12 compares the version of maintenance_info and nothing else of it', async () => {
    const { core, id } = bench
    const asked =
      (maintenance_info: JsonObject, plan = 'kept') =>
      () =>
        provision(core, id, plan, { body: { maintenance_info } })
    await expectRefused(core, 422, asked({ version: '0.0.1' }), 'MaintenanceInfoConflict')
    await expectRefused(core, 422, asked({ version: '1.2.0' }, 'quick'), 'MaintenanceInfoConflict')
    expect((await fetchInstance(core, id)).status).to.equal(404)
    expect((await deprovision(core, id, 'kept')).status).to.equal(410)
    expect((await asked({ version: '1.2.0', description: 'another', more: [] })()).status).to.equal(201)
  })

  it('P-13 accepts every context', async () => {
    const { core, id } = bench
    for (const [n, context] of [
      null,
      {},
      { platform: 'cloudfoundry' },
      { platform: 'acme', x: [1] }
    ].entries())
      expect((await provision(core, `${id}-${n}`, 'quick', { body: { context } })).status).to.equal(201)
  })

  it('P-15 tells the same labels in every answer', async () => {
    const { core, id } = bench
    const first = await provision(core, id, 'slow', { body: { parameters: { region: 'hill' } } })
    await core.settle()
    const labels = { provider: 'north', region: 'hill', country: 'AT', isolation: 'shared' }
    expect(first.body['metadata']).to.deep.equal({ labels })
    expect((await fetchInstance(core, id)).body['metadata']).to.deep.equal({ labels })
  })

  it('P-16 tells of bad parameters before it asks for accepts_incomplete', async () => {
    const { core, id } = bench
    await expectRefused(core, 400, () =>
      provision(core, id, 'slow', { ai: false, body: { parameters: { sise: 1 } } })
    )
  })

  it('P-17 lets an id be used again after a deprovision, with other attributes, and keeps nothing of the old', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick', { body: { parameters: { size: 1 } } })
    await deprovision(core, id, 'quick')
    expect((await provision(core, id, 'quick-large')).status).to.equal(201)
    const { body } = await fetchInstance(core, id)
    expect(body['plan_id']).to.equal('plan-quick-large')
    expect(body['parameters']).to.deep.equal({})
  })

  it('P-18 answers the same PUT after a failed asynchronous create with that operation, until a DELETE', async () => {
    const { core, id } = bench
    core.cloud.script = (method) => {
      if (method === 'prepare') throw new ProviderFailure('quota', 'full')
    }
    const first = await provision(core, id, 'slow')
    await core.settle()
    const calls = core.cloud.calls.length
    for (let time = 0; time < 3; time++) {
      const again = await provision(core, id, 'slow')
      expect(again).to.include({ status: 202 })
      expect(again.body['operation']).to.equal(first.body['operation'])
      expect((await poll(core, id, { operation: String(again.body['operation']) })).body['state']).to.equal(
        'failed'
      )
    }
    expect(core.cloud.calls.length).to.equal(calls)
    await expectRefused(core, 409, () => provision(core, id, 'slow', { body: { space_guid: 'x' } }))
    core.cloud.script = () => {}
    await deprovision(core, id, 'slow')
    await core.settle()
    await provision(core, id, 'slow')
    await core.settle()
    expect((await fetchInstance(core, id)).status).to.equal(200)
  })

  it('P-18 D-13 starts anew after a synchronous create that failed', async () => {
    const { core, id } = bench
    core.cloud.script = (method) => {
      if (method === 'prepare') throw new ProviderFailure('quota', 'full')
    }
    const failed = await provision(core, id, 'quick')
    expect(failed).to.include({ status: 400, description: 'full' })
    core.cloud.script = () => {}
    expect((await provision(core, id, 'quick')).status).to.equal(201)
    await core.settle()
    expect((await fetchInstance(core, id)).status).to.equal(200)
  })

  it('S-06 makes one of twenty identical requests at once, and tells one of them that it made it', async () => {
    const { core, id } = bench
    for (const plan of ['quick', 'slow']) {
      const before = core.cloud.things.size
      const answers = await Promise.all(Array.from({ length: 20 }, () => provision(core, id + plan, plan)))
      await core.settle()
      const statuses = answers.map(({ status }) => status)
      expect(core.cloud.things.size).to.equal(before + 1)
      if (plan === 'quick') expect(statusesOf(answers)).to.deep.equal([...Array(19).fill(200), 201])
      else {
        expect(statuses).to.not.include(201)
        const tokens = answers.flatMap(({ body }) => (body['operation'] ? [body['operation']] : []))
        expect(new Set(tokens).size).to.equal(1)
      }
    }
  })

  it('S-06 answers twenty different requests for one id with one success and conflicts', async () => {
    const { core, id } = bench
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => provision(core, id, 'quick', { body: { space_guid: `s${n}` } }))
    )
    const statuses = statusesOf(answers)
    expect(statuses).to.deep.equal([201, ...Array(19).fill(409)])
  })

  it('C-19 serves the instances of a plan that was removed, as they were', async () => {
    const { core, id } = bench
    await provision(core, id, 'kept', { body: { parameters: { secret: 'x', size: 3 } } })
    core.catalog.now = catalogOf(PLANS.filter(({ name }) => name !== 'kept'))
    try {
      expect(
        (await provision(core, id, 'kept', { body: { parameters: { secret: 'x', size: 3 } } })).status
      ).to.equal(200)
      expect((await fetchInstance(core, id)).body).to.deep.include({
        plan_id: 'plan-kept',
        parameters: { size: 3 },
        maintenance_info: { version: '1.2.0', description: 'as it is now' }
      })
      expect((await update(core, id, { plan_id: 'plan-kept', parameters: { size: 4 } })).status).to.equal(200)
      expect((await fetchInstance(core, id)).body['parameters']).to.deep.equal({ size: 4 })
      await expectRefused(core, 400, () => provision(core, `${id}x`, 'kept'))
      expect((await deprovision(core, id, 'kept')).status).to.equal(200)
    } finally {
      core.catalog.now = catalogOf()
    }
  })

  it('F-02 F-06 finds an instance from the end of its create to its deletion and not before', async () => {
    const { core, id } = bench
    const held = hold(core, 'create')
    expect((await fetchInstance(core, id)).status).to.equal(404)
    await provision(core, id, 'slow')
    await held.reached
    expect((await fetchInstance(core, id)).status).to.equal(404)
    held.release()
    await core.settle()
    expect((await fetchInstance(core, id)).status).to.equal(200)
    const going = hold(core, 'destroy')
    await deprovision(core, id, 'slow')
    await going.reached
    expect((await fetchInstance(core, id)).status).to.equal(200)
    going.release()
    await core.settle()
    expect((await fetchInstance(core, id)).status).to.equal(404)
  })

  it('F-04 F-07 leaves out what is secret or not there, and gives no null', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick', { body: { parameters: { size: 3, secret: 'never-comes-back' } } })
    const { body } = await fetchInstance(core, id)
    expect(body['parameters']).to.deep.equal({ size: 3 })
    expect(JSON.stringify(body)).to.not.match(/null|never-comes-back/)
    expect(body).to.have.all.keys('service_id', 'plan_id', 'parameters', 'metadata')
  })
})
