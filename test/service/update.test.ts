import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { callerOf, told } from '../support/core.ts'
import { catalogOf, OTHER_SERVICE, PLANS, planNamed, SERVICE } from '../support/offers.ts'
import { deprovision, fetchInstance, poll, provision, update } from '../support/requests.ts'
import { expectRefused, hold, onEveryDatabase } from '../support/suite.ts'

onEveryDatabase('Update', (bench) => {
  const thing = () => {
    const found = [...bench.core.cloud.things.values()].at(-1)
    if (!found) throw new Error('nothing stands there')
    return found
  }

  it('U-01 F-05 applies a change and answers 200 with an object', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    const { status, body } = await update(core, id, { plan_id: 'plan-quick-large', parameters: { size: 2 } })
    expect({ status, body }).to.deep.equal({ status: 200, body: {} })
    expect((await fetchInstance(core, id)).body).to.deep.include({
      plan_id: 'plan-quick-large',
      parameters: { size: 2 }
    })
    expect(thing()).to.deep.include({ plan: { size: 'quick-large' }, parameters: { size: 2 } })
  })

  it('U-02 U-03 F-03 answers 202, and the same PATCH while it runs with the same operation', async () => {
    const { core, id } = bench
    await provision(core, id, 'slow')
    await core.settle()
    const held = hold(core, 'update')
    const first = await update(core, id, { plan_id: 'plan-slow-large' })
    expect(first.status).to.equal(202)
    await held.reached
    expect((await update(core, id, { plan_id: 'plan-slow-large' })).body).to.deep.equal(first.body)
    expect((await fetchInstance(core, id)).body['plan_id']).to.equal('plan-slow')
    held.release()
    await core.settle()
    expect((await fetchInstance(core, id)).body['plan_id']).to.equal('plan-slow-large')
  })

  it('U-04 U-07 answers a PATCH without effect with 200 and starts nothing', async () => {
    const { core, id } = bench
    await provision(core, id, 'slow', { body: { parameters: { size: 1 } } })
    await core.settle()
    const operations = (await core.operations()).length
    const idle: JsonObject[] = [
      {},
      { plan_id: 'plan-slow' },
      { parameters: {} },
      { parameters: null },
      { plan_id: 'plan-slow', parameters: { size: 1 } },
      { plan_id: 'plan-slow', parameters: { region: 'harbour' } },
      { plan_id: 'plan-slow', parameters: {}, previous_values: { plan_id: 'nonsense' }, context: null }
    ]
    for (const body of idle)
      for (const ai of [true, false])
        expect(await update(core, id, body, { ai }), JSON.stringify(body)).to.include({ status: 200 })
    expect((await core.operations()).length).to.equal(operations)
  })

  it('U-05 refuses a service_id that is missing or not the instance’s', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    for (const service_id of ['', null, 1, 'nothing', OTHER_SERVICE])
      await expectRefused(core, 400, () => told(core.broker.update(callerOf(), id, true, { service_id })))
    await expectRefused(core, 400, () => told(core.broker.update(callerOf(), id, true, {})))
  })

  it('U-06 U-07 changes only what is named', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick', { body: { parameters: { size: 1, secret: 's' } } })
    await update(core, id, { parameters: { size: 2 } })
    expect(thing().parameters).to.deep.equal({ size: 2, secret: 's' })
    await update(core, id, { plan_id: 'plan-quick-large', parameters: {} })
    expect(thing()).to.deep.include({ plan: { size: 'quick-large' }, parameters: { size: 2, secret: 's' } })
  })

  it('U-08 refuses an unknown plan and the plan of another service with 400', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    for (const plan_id of ['nothing', 'plan-chest', '', 1])
      await expectRefused(core, 400, () => update(core, id, { plan_id }))
  })

  it('U-09 refuses what is not supported with 422 and says why', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    await provision(core, `${id}-fixed`, 'fixed')
    const refused = [
      await expectRefused(core, 422, () => update(core, `${id}-fixed`, { plan_id: 'plan-quick' })),
      await expectRefused(core, 422, () => update(core, id, { plan_id: 'plan-abroad' }))
    ]
    for (const { refusal } of refused)
      expect(refusal?.options).to.include({ instanceUsable: true, updateRepeatable: false })
  })

  it('U-11 refuses an asynchronous target without accepts_incomplete, and a wrong maintenance version', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    await expectRefused(
      core,
      422,
      () => update(core, id, { plan_id: 'plan-slow' }, { ai: false }),
      'AsyncRequired'
    )
    const asked = (body: JsonObject) => () => update(core, id, body)
    await expectRefused(
      core,
      422,
      asked({ maintenance_info: { version: '9.9.9' } }),
      'MaintenanceInfoConflict'
    )
    await expectRefused(
      core,
      422,
      asked({ plan_id: 'plan-kept', maintenance_info: { version: '9.9.9' } }),
      'MaintenanceInfoConflict'
    )
    expect(
      (await update(core, id, { plan_id: 'plan-kept', maintenance_info: { version: '1.2.0' } })).status
    ).to.equal(200)
  })

  it('U-12 leaves an instance at its own revision of an edited plan until maintenance_info brings it forward', async () => {
    const { core, id } = bench
    await provision(core, id, 'kept')
    const edited = planNamed('kept', { maintenanceInfo: { version: '2.0.0' }, driverPlan: { size: 'new' } })
    core.catalog.now = catalogOf(PLANS.map((plan) => (plan.name === 'kept' ? edited : plan)))
    try {
      expect((await update(core, id, { plan_id: 'plan-kept', parameters: {} })).status).to.equal(200)
      expect(thing().plan).to.deep.equal({ size: 'kept' })
      expect((await fetchInstance(core, id)).body['maintenance_info']).to.include({ version: '1.2.0' })
      await expectRefused(
        core,
        422,
        () => update(core, id, { maintenance_info: { version: '1.2.0' } }),
        'MaintenanceInfoConflict'
      )
      expect((await update(core, id, { maintenance_info: { version: '2.0.0' } })).status).to.equal(200)
      expect((await fetchInstance(core, id)).body['maintenance_info']).to.deep.equal({ version: '2.0.0' })
      expect(thing().plan).to.deep.equal({ size: 'new' })
    } finally {
      core.catalog.now = catalogOf()
    }
  })

  it('U-13 applies nothing of a change of which a part is bad', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    await expectRefused(core, 400, () =>
      update(core, id, { plan_id: 'plan-quick-large', parameters: { sise: 1 } })
    )
    await expectRefused(core, 400, () =>
      update(core, id, { plan_id: 'nothing', parameters: { size: 1 }, context: { a: 1 } })
    )
    expect((await fetchInstance(core, id)).body).to.deep.include({ plan_id: 'plan-quick', parameters: {} })
  })

  it('U-13 F-05 U-17 shows the old values after a failed change, synchronous or not, with both flags', async () => {
    const { core, id } = bench
    for (const plan of ['quick', 'slow']) {
      await provision(core, id + plan, plan)
      await core.settle()
      core.cloud.script = (method, when) => {
        if (method === 'update' && when === 'before') throw new ProviderFailure('quota', 'too large')
      }
      const answer = await update(core, id + plan, { plan_id: `plan-${plan}-large`, parameters: { size: 9 } })
      await core.settle()
      core.cloud.script = () => {}
      if (plan === 'quick') {
        expect(answer).to.include({ status: 422, description: 'too large' })
        expect(answer.refusal?.options).to.include({ instanceUsable: true, updateRepeatable: true })
      } else {
        expect((await poll(core, id + plan)).body).to.deep.equal({
          state: 'failed',
          description: 'too large',
          instance_usable: true,
          update_repeatable: true
        })
      }
      expect((await fetchInstance(core, id + plan)).body).to.deep.include({
        plan_id: `plan-${plan}`,
        parameters: {}
      })
    }
  })

  it('U-14 accepts a context alone, and changes nothing else', async () => {
    const { core, id } = bench
    await provision(core, id, 'slow')
    await core.settle()
    const { status } = await told(
      core.broker.update(callerOf(), id, false, { service_id: SERVICE, context: { instance_name: 'new' } })
    )
    expect(status).to.equal(200)
    const stored = await core.store.database.read((session) => core.store.instances.find(session, 'cf', id))
    expect(stored?.context).to.deep.equal({ instance_name: 'new' })
  })

  it('U-15 refuses bad parameters and bodies with 400', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    for (const parameters of [[], 'x', 1, { sise: 1 }, { size: 'x' }])
      await expectRefused(core, 400, () => update(core, id, { parameters }))
    for (const maintenance_info of [[], 'x', {}, { version: 1 }, { version: '' }])
      await expectRefused(core, 400, () => update(core, id, { maintenance_info }))
    await expectRefused(core, 400, () => update(core, id, { context: 'x' }))
  })

  it('U-18 S-04 S-05 tells unknown instances from busy ones, and disturbs nothing that runs', async () => {
    const { core, id } = bench
    await expectRefused(core, 404, () => update(core, id, {}))
    const held = hold(core, 'create')
    await provision(core, id, 'slow')
    await held.reached
    await expectRefused(core, 422, () => update(core, id, { parameters: { size: 1 } }), 'ConcurrencyError')
    held.release()
    await core.settle()
    const updating = hold(core, 'update')
    await update(core, id, { parameters: { size: 1 } })
    await updating.reached
    await expectRefused(core, 422, () => update(core, id, { parameters: { size: 2 } }), 'ConcurrencyError')
    await expectRefused(core, 422, () => deprovision(core, id, 'slow'), 'ConcurrencyError')
    updating.release()
    await core.settle()
    expect((await fetchInstance(core, id)).body['parameters']).to.deep.equal({ size: 1 })
    const going = hold(core, 'destroy')
    await deprovision(core, id, 'slow')
    await going.reached
    await expectRefused(core, 422, () => update(core, id, { parameters: { size: 3 } }), 'ConcurrencyError')
    going.release()
    await core.settle()
    await expectRefused(core, 404, () => update(core, id, {}))
  })

  it('P-05 compares a PUT after an update with what the update made of it', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick', { body: { parameters: { size: 1 } } })
    await update(core, id, { plan_id: 'plan-quick-large', parameters: { size: 2 } })
    expect((await provision(core, id, 'quick-large', { body: { parameters: { size: 2 } } })).status).to.equal(
      200
    )
    await expectRefused(core, 409, () => provision(core, id, 'quick', { body: { parameters: { size: 1 } } }))
  })

  it('never stores, returns or compares the directive `switch`', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    await update(core, id, { plan_id: 'plan-quick-large', parameters: { switch: { cutover: 'auto' } } })
    expect((await fetchInstance(core, id)).body['parameters']).to.deep.equal({})
    expect((await provision(core, id, 'quick-large')).status).to.equal(200)
  })
})
