import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { until } from '../support/core.ts'
import { OTHER_SERVICE, SERVICE } from '../support/offers.ts'
import {
  bind,
  deprovision,
  fetchBinding,
  fetchInstance,
  poll,
  pollBinding,
  provision,
  unbind,
  update
} from '../support/requests.ts'
import { expectRefused, hold, onEveryDatabase } from '../support/suite.ts'

onEveryDatabase('Deprovision and unbind', (bench) => {
  const bound = async (plan: string): Promise<string> => {
    const { core, id } = bench
    await provision(core, id, plan)
    await core.settle()
    await bind(core, id, 'b', plan)
    await core.settle()
    return id
  }

  it('UB-01 D-01 UB-10 D-10 removes everything and answers 200 with an object', async () => {
    const { core } = bench
    const things = core.cloud.things.size
    const id = await bound('quick')
    expect(await unbind(core, id, 'b', 'quick', { ai: false })).to.deep.include({ status: 200, body: {} })
    expect([...core.cloud.things.values()].at(-1)?.logins.size).to.equal(0)
    expect(await deprovision(core, id, 'quick', { ai: false })).to.deep.include({ status: 200, body: {} })
    expect(core.cloud.things.size).to.equal(things)
  })

  it('UB-02 D-02 UB-03 D-03 answers 202, and the same DELETE while it runs with the same operation', async () => {
    const { core } = bench
    const id = await bound('slow')
    for (const [method, ask] of [
      ['unbind', () => unbind(core, id, 'b', 'slow')],
      ['destroy', () => deprovision(core, id, 'slow')]
    ] as const) {
      const held = hold(core, method)
      const first = await ask()
      expect(first.status).to.equal(202)
      await held.reached
      for (let time = 0; time < 3; time++) expect((await ask()).body).to.deep.equal(first.body)
      held.release()
      await core.settle()
      expect((await ask()).status).to.equal(410)
    }
  })

  it('UB-04 D-04 requires service_id and plan_id, also for what does not exist', async () => {
    const { core } = bench
    for (const query of [
      {},
      { serviceId: SERVICE },
      { planId: 'plan-quick' },
      { serviceId: '', planId: 'x' }
    ]) {
      await expectRefused(core, 400, () => deprovision(core, 'never', 'quick', { query }))
      await expectRefused(core, 400, () => unbind(core, 'never', 'b', 'quick', { query }))
    }
  })

  it('UB-05 D-05 answers 410 with an object for what does not exist or is gone', async () => {
    const { core, id } = bench
    expect(await deprovision(core, id, 'quick')).to.deep.include({ status: 410, body: {} })
    expect(await unbind(core, id, 'b', 'quick')).to.deep.include({ status: 410, body: {} })
    await provision(core, id, 'quick')
    expect(await unbind(core, id, 'b', 'quick')).to.deep.include({ status: 410, body: {} })
    await deprovision(core, id, 'quick')
    expect(await deprovision(core, id, 'quick')).to.deep.include({ status: 410, body: {} })
    expect(await unbind(core, id, 'b', 'quick')).to.deep.include({ status: 410, body: {} })
  })

  it('UB-06 D-06 refuses ids that are not the instance’s, and accepts every plan that it has had', async () => {
    const { core } = bench
    const id = await bound('quick')
    await update(core, id, { plan_id: 'plan-quick-large' })
    for (const query of [
      { serviceId: OTHER_SERVICE, planId: 'plan-quick' },
      { serviceId: SERVICE, planId: 'plan-slow' }
    ]) {
      await expectRefused(core, 400, () => unbind(core, id, 'b', 'quick', { query }))
      await expectRefused(core, 400, () => deprovision(core, id, 'quick', { query }))
    }
    expect((await unbind(core, id, 'b', 'quick')).status).to.equal(200)
    expect((await deprovision(core, id, 'quick-large')).status).to.equal(200)
  })

  it('UB-07 D-07 S-01 refuses an asynchronous removal without accepts_incomplete', async () => {
    const { core } = bench
    const id = await bound('slow')
    await expectRefused(core, 422, () => unbind(core, id, 'b', 'slow', { ai: false }), 'AsyncRequired')
    await unbind(core, id, 'b', 'slow')
    await core.settle()
    await expectRefused(core, 422, () => deprovision(core, id, 'slow', { ai: false }), 'AsyncRequired')
  })

  it('D-08 L-13 stops a create that runs, and in the end nothing is left', async () => {
    const { core, id } = bench
    const things = core.cloud.things.size
    core.cloud.looksUntilReady = 1e9
    const made = await provision(core, id, 'slow')
    await until(() => core.cloud.things.size > things)
    const removed = await deprovision(core, id, 'slow')
    expect(removed.status).to.equal(202)
    expect((await deprovision(core, id, 'slow')).body).to.deep.equal(removed.body)
    await core.settle()
    expect(core.cloud.things.size).to.equal(things)
    expect((await poll(core, id)).body).to.deep.equal({ state: 'succeeded' })
    expect((await poll(core, id, { operation: String(made.body['operation']) })).body['state']).to.equal(
      'failed'
    )
    expect((await deprovision(core, id, 'slow')).status).to.equal(410)
  })

  it('D-08 stops a synchronous create that runs: its own request hears that something else went on', async () => {
    const { core, id } = bench
    const things = core.cloud.things.size
    const held = hold(core, 'prepare')
    const making = provision(core, id, 'quick', { ai: false })
    await held.reached
    const removing = deprovision(core, id, 'quick', { ai: false })
    await until(async () => (await core.operations()).some(({ cancel }) => cancel === 'superseded'))
    held.release()
    expect((await making).error).to.equal('ConcurrencyError')
    expect((await removing).status).to.equal(200)
    expect(core.cloud.things.size).to.equal(things)
  })

  it('UB-08 stops a bind that runs, and in the end no login is left', async () => {
    const { core, id } = bench
    await provision(core, id, 'slow')
    await core.settle()
    const logins = core.cloud.logins().length
    const held = hold(core, 'bind')
    await bind(core, id, 'b', 'slow')
    await held.reached
    expect((await unbind(core, id, 'b', 'slow')).status).to.equal(202)
    held.release()
    await core.settle()
    expect(core.cloud.logins().length).to.equal(logins)
    expect((await pollBinding(core, id, 'b')).body).to.deep.equal({ state: 'succeeded' })
    expect((await fetchBinding(core, id, 'b')).status).to.equal(404)
    expect((await unbind(core, id, 'b', 'slow')).status).to.equal(410)
  })

  it('UB-09 refuses a PUT for a binding that is being removed', async () => {
    const { core } = bench
    const id = await bound('slow')
    const held = hold(core, 'unbind')
    await unbind(core, id, 'b', 'slow')
    await held.reached
    await expectRefused(core, 422, () => bind(core, id, 'b', 'slow'), 'ConcurrencyError')
    held.release()
    await core.settle()
  })

  it('D-11 refuses to remove an instance that has bindings, and waits for those under way', async () => {
    const { core } = bench
    const id = await bound('slow')
    await expectRefused(core, 400, () => deprovision(core, id, 'slow'))
    const held = hold(core, 'unbind')
    await unbind(core, id, 'b', 'slow')
    await held.reached
    await expectRefused(core, 422, () => deprovision(core, id, 'slow'), 'ConcurrencyError')
    held.release()
    await core.settle()
    expect((await deprovision(core, id, 'slow')).status).to.equal(202)
    await core.settle()
  })

  it('D-12 L-03 tells that a removal failed, keeps what is there, and removes it when asked again', async () => {
    const { core, id } = bench
    await provision(core, id, 'slow')
    await core.settle()
    core.cloud.script = (method) => {
      if (method === 'destroy') throw new ProviderFailure('denied', 'deletion protection is on')
    }
    await deprovision(core, id, 'slow')
    await core.settle()
    core.cloud.script = () => {}
    expect((await poll(core, id)).body).to.deep.equal({
      state: 'failed',
      description: 'deletion protection is on',
      instance_usable: false
    })
    expect((await fetchInstance(core, id)).status).to.equal(200)
    await expectRefused(core, 422, () => bind(core, id, 'b', 'slow'))
    expect((await deprovision(core, id, 'slow')).status).to.equal(202)
    await core.settle()
    expect((await fetchInstance(core, id)).status).to.equal(404)
  })

  it('LB-02 gives back a binding whose removal failed, without flags', async () => {
    const { core } = bench
    const id = await bound('slow')
    core.cloud.script = (method) => {
      if (method === 'unbind') throw new ProviderFailure('denied', 'not allowed')
    }
    await unbind(core, id, 'b', 'slow')
    await core.settle()
    core.cloud.script = () => {}
    expect((await pollBinding(core, id, 'b')).body).to.deep.equal({
      state: 'failed',
      description: 'not allowed'
    })
    expect((await fetchBinding(core, id, 'b')).status).to.equal(200)
    await unbind(core, id, 'b', 'slow')
    await core.settle()
    expect((await fetchBinding(core, id, 'b')).status).to.equal(404)
  })

  it('D-10 empties a big one in pieces, tells how it goes, and only then destroys it', async () => {
    const { core, id } = bench
    await provision(core, id, 'slow')
    await core.settle()
    core.cloud.calls.length = 0
    core.cloud.piecesLeft = 3
    const notes: unknown[] = []
    core.cloud.script = async (method, when) => {
      if (method === 'release' && when === 'before')
        notes.push((await poll(core, id)).body['description'] ?? 'nothing')
    }
    await deprovision(core, id, 'slow')
    await core.settle()
    const work = core.cloud.calls.filter((method) => method === 'release' || method === 'destroy')
    expect(work.join(' ')).to.match(/^release release release release destroy/)
    expect(notes.slice(1)).to.deep.equal(['3 pieces are left', '2 pieces are left', '1 pieces are left'])
  })

  it('D-13 O-1 removes an instance whose create failed', async () => {
    const { core, id } = bench
    const things = core.cloud.things.size
    core.cloud.script = (method) => {
      if (method === 'prepare') throw new ProviderFailure('quota', 'full')
    }
    await provision(core, id, 'slow')
    await core.settle()
    expect((await deprovision(core, id, 'slow')).status).to.equal(202)
    await core.settle()
    expect(core.cloud.things.size).to.equal(things)
    expect((await deprovision(core, id, 'slow')).status).to.equal(410)
  })

  it('answers twenty DELETEs at once with one removal', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    const removals = async () => (await core.operations()).filter(({ kind }) => kind === 'delete').length
    const before = await removals()
    const answers = await Promise.all(Array.from({ length: 20 }, () => deprovision(core, id, 'quick')))
    expect(answers.every(({ status }) => [200, 410].includes(status))).to.equal(true)
    expect(await removals()).to.equal(before + 1)
  })

  it('O-1 lets a client make and remove one id again and again, whatever overtakes what', async () => {
    const { core, id } = bench
    const things = core.cloud.things.size
    for (let round = 0; round < 5; round++) {
      core.cloud.looksUntilReady = round % 2
      const answers = await Promise.all([
        provision(core, id, 'slow'),
        deprovision(core, id, 'slow'),
        provision(core, id, 'slow'),
        deprovision(core, id, 'slow')
      ])
      for (const { status } of answers) expect(status).to.be.oneOf([200, 202, 410, 422])
      await core.settle()
    }
    await deprovision(core, id, 'slow')
    await core.settle()
    expect(core.cloud.things.size).to.equal(things)
  })

  it('L-04 L-05 L-06 L-09 L-10 polls by token, by nothing, with hints, and refuses only an empty token', async () => {
    const { core, id } = bench
    expect((await poll(core, id)).status).to.equal(404)
    expect((await pollBinding(core, id, 'b')).status).to.equal(404)
    const { body } = await provision(core, id, 'slow')
    await core.settle()
    await update(core, id, { plan_id: 'plan-slow-large' })
    await core.settle()
    await expectRefused(core, 400, () => poll(core, id, { operation: '' }))
    await expectRefused(core, 400, () => pollBinding(core, id, 'b', { operation: '' }))
    for (const query of [
      {},
      { operation: String(body['operation']) },
      { operation: 'never ours' },
      { operation: 'x\0y' },
      { serviceId: 'x', planId: 'y' }
    ])
      for (let time = 0; time < 5; time++)
        expect(await poll(core, id, query)).to.deep.include({ status: 200, body: { state: 'succeeded' } })
  })

  it('L-02 L-11 tells how it goes and when to ask again while it runs', async () => {
    const { core, id } = bench
    core.cloud.looksUntilReady = 1e9
    await provision(core, id, 'slow')
    await until(async () => (await poll(core, id)).body['description'] !== undefined)
    const answer = await core.broker.lastOperation(
      { ...(await import('../support/core.ts')).callerOf() },
      id,
      {}
    )
    expect(answer.body).to.deep.equal({ state: 'in progress', description: 'is being made' })
    expect(answer.retryAfterSeconds).to.satisfy((n: number) => Number.isInteger(n) && n >= 1 && n <= 60)
    core.cloud.looksUntilReady = 0
    await core.settle()
  })
})
