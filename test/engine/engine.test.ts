import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { clockAt, DAY, MINUTE } from '../support/clock.ts'
import { openCloud } from '../support/cloud.ts'
import { type Core, type CoreOptions, LEASE_MS, moment, openCore, until } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
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

for (const database of databases) {
  describe(`The engine on ${database.name}`, function () {
    this.timeout(30_000)
    let place: Place
    let cores: Core[]

    beforeEach(async () => {
      place = await database.fresh()
      cores = []
    })

    afterEach(async () => {
      for (const core of cores) await core.close()
      await place.drop()
    })

    async function start(options: CoreOptions = {}): Promise<Core> {
      const core = await openCore(place.address, options)
      cores.push(core)
      return core
    }

    const operation = async (core: Core, kind: string) =>
      (await core.operations()).find((each) => each.kind === kind)

    const failing = (core: Core, method: string, failure: () => unknown) => {
      core.cloud.script = (at, when) => {
        if (at === method && when === 'before') throw failure()
      }
    }

    it('tries again with growing pauses while the provider is away, and goes on when it is back', async () => {
      const core = await start()
      let tries = 0
      const times: number[] = []
      core.cloud.script = (method, when) => {
        if (method !== 'create' || when !== 'before') return
        times.push(core.clock.now())
        if (++tries < 5) throw new ProviderFailure('unavailable', 'not now')
      }
      await provision(core, 'i', 'slow')
      await core.settle()
      expect((await poll(core, 'i')).body['state']).to.equal('succeeded')
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      expect(pauses[3]).to.be.greaterThan(pauses[1] ?? 0)
    })

    it('waits at least as long as a throttling provider asks', async () => {
      const core = await start()
      const times: number[] = []
      core.cloud.script = (method, when) => {
        if (method !== 'create' || when !== 'before') return
        times.push(core.clock.now())
        if (times.length === 1) throw new ProviderFailure('throttled', 'slowly', { retryAfterSeconds: 120 })
      }
      await provision(core, 'i', 'slow')
      await core.settle()
      expect((times[1] ?? 0) - (times[0] ?? 0)).to.be.at.least(120_000)
    })

    it('L-14 fails a create at its deadline, tells what was heard last, and cleans up without limit in time', async () => {
      const core = await start({ deadlineMs: 10 * MINUTE })
      core.cloud.script = (method, when) => {
        if (method === 'prepare' && when === 'before')
          throw new ProviderFailure('unavailable', 'the house is dark')
        if (method === 'destroy' && core.clock.now() < begun + 2 * DAY)
          throw new ProviderFailure('denied', 'no entry')
      }
      const begun = core.clock.now()
      await provision(core, 'i', 'slow')
      await until(async () => {
        if (core.engine.running() === 0) core.clock.advance(1000)
        core.engine.wake()
        return (await operation(core, 'create'))?.state === 'failed'
      })
      expect(core.clock.now() - begun).to.be.lessThan(12 * MINUTE)
      const told = await poll(core, 'i')
      expect(told.body['state']).to.equal('failed')
      expect(told.body['description']).to.contain('the house is dark')
      expect(core.cloud.things.size).to.equal(1)
      await until(async () => {
        if (core.engine.running() === 0) core.clock.advance(15 * MINUTE)
        core.engine.wake()
        return core.cloud.things.size === 0
      }, 15_000)
      await core.settle()
      expect(await operation(core, 'clean-up')).to.include({ state: 'succeeded' })
    })

    it('fails at once what the provider refuses for good', async () => {
      for (const kind of ['invalid', 'denied', 'quota', 'conflict'] as const) {
        const core = await start()
        failing(core, 'create', () => new ProviderFailure(kind, `because ${kind}`))
        await provision(core, kind, 'slow')
        await core.settle()
        expect((await poll(core, kind)).body).to.deep.equal({
          state: 'failed',
          description: `because ${kind}`
        })
        expect(core.cloud.things.size).to.equal(0)
      }
    })

    it('tries an unforeseen error a few times and then tells a reference and no detail', async () => {
      const core = await start()
      failing(core, 'create', () => new TypeError('password=hunter2'))
      await provision(core, 'i', 'slow')
      await core.settle()
      const { body } = await poll(core, 'i')
      expect(body['state']).to.equal('failed')
      expect(String(body['description'])).to.match(/reference [0-9a-f]{12}/)
      expect(JSON.stringify(body)).to.not.contain('hunter2')
      const reference = /reference ([0-9a-f]{12})/.exec(String(body['description']))?.[1]
      expect(
        core.logged.some(({ facts }) => (facts as { reference?: string }).reference === reference)
      ).to.equal(true)
    })

    it('takes what is not there any more for removed', async () => {
      const core = await start()
      await provision(core, 'i', 'quick')
      await bind(core, 'i', 'b', 'quick')
      failing(core, 'access', () => new ProviderFailure('not-found', 'no such server'))
      expect((await unbind(core, 'i', 'b', 'quick')).status).to.equal(200)
      core.cloud.things.clear()
      core.cloud.script = (method, when) => {
        if (when === 'before' && ['access', 'destroy'].includes(method))
          throw new ProviderFailure('not-found', 'no such server')
      }
      expect((await deprovision(core, 'i', 'quick')).status).to.equal(200)
    })

    it('stores what a provider says whatever characters it holds', async () => {
      const core = await start()
      failing(
        core,
        'create',
        () => new ProviderFailure('quota', 'no\0 room\u001b[31m\uD800 ' + 'x'.repeat(5000))
      )
      await provision(core, 'i', 'slow')
      await core.settle()
      const { body } = await poll(core, 'i')
      expect(body['state']).to.equal('failed')
      expect(String(body['description'])).to.match(/^no {2}room \[31m/)
      expect(String(body['description']).length).to.be.lessThan(2100)
    })

    it('finishes the step that runs when it stops, begins no other, and leaves the rest to the next process', async () => {
      const cloud = openCloud()
      const clock = clockAt()
      const core = await start({ cloud, clock })
      let goOn = () => {}
      const begun = new Promise<void>((resolve) => {
        cloud.script = (method, when) => {
          if (method !== 'create' || when !== 'after' || cloud.things.size === 0) return
          resolve()
          return new Promise<void>((release) => {
            goOn = release
          })
        }
      })
      await provision(core, 'i', 'slow')
      await begun
      const stopped = core.engine.stop(5000)
      goOn()
      await stopped
      expect(cloud.calls).to.deep.equal(['create', 'create'])
      expect(await operation(core, 'create')).to.include({ state: 'in progress', stage: 'prepare' })

      cloud.script = () => {}
      const next = await start({ cloud, clock })
      await until(async () => (await operation(next, 'create'))?.state === 'succeeded')
      expect(cloud.violations).to.deep.equal([])
    })

    it('stops within its time although a step heeds nothing', async () => {
      const core = await start()
      core.cloud.script = (method) => (method === 'create' ? new Promise<void>(() => {}) : undefined)
      await provision(core, 'i', 'slow')
      await until(() => core.cloud.calls.length > 0)
      const begun = Date.now()
      await core.engine.stop(1200)
      expect(Date.now() - begun).to.be.lessThan(2500)
    })

    it('aborts a step when the time to stop is nearly over, without counting it as a failure', async () => {
      const core = await start()
      core.cloud.script = (method, _when, call) =>
        method === 'create'
          ? new Promise<void>((_, reject) =>
              call.signal.addEventListener('abort', () =>
                reject(new ProviderFailure('unavailable', 'aborted'))
              )
            )
          : undefined
      await provision(core, 'i', 'slow')
      await until(() => core.cloud.calls.length > 0)
      await core.engine.stop(1100)
      expect(await operation(core, 'create')).to.include({ state: 'in progress', failures: 0 })
    })

    it('does not write what a step comes to after its lease was lost', async () => {
      const cloud = openCloud()
      const clock = clockAt()
      const slow = await start({ cloud, clock })
      let goOn = () => {}
      cloud.script = (method, when) => {
        if (method !== 'create' || when !== 'after' || goOn.name === 'release') return
        return new Promise<void>((release) => {
          goOn = () => release()
          Object.defineProperty(goOn, 'name', { value: 'release' })
        })
      }
      await provision(slow, 'i', 'slow')
      await until(() => goOn.name === 'release')
      clock.advance(LEASE_MS + 1)
      const other = await start({ cloud, clock })
      await until(async () => (await operation(other, 'create'))?.state === 'succeeded')
      const before = await operation(other, 'create')
      goOn()
      await until(() => slow.engine.running() === 0)
      expect(await operation(other, 'create')).to.deep.equal(before)
      expect([...slow.observed, ...other.observed]).to.include('taken over')
      expect(cloud.things.size).to.equal(1)
      expect(cloud.violations).to.deep.equal([])
    })

    it('finishes many operations with little room', async () => {
      const core = await start({ concurrency: 2 })
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, n) => provision(core, `i${n}`, 'slow'))
      )
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(30).fill(202))
      await core.settle()
      expect(core.cloud.things.size).to.equal(30)
    })

    it('ends and cleans up a synchronous create that takes too long where nobody would poll, and frees the id', async () => {
      const core = await start({ synchronousWaitMs: 600 })
      core.cloud.looksUntilReady = 1e9
      const { status } = await provision(core, 'i', 'quick', { ai: false })
      expect(status).to.equal(503)
      await core.settle()
      expect(core.cloud.things.size).to.equal(0)
      expect((await deprovision(core, 'i', 'quick')).status).to.equal(410)
      core.cloud.looksUntilReady = 0
      expect((await provision(core, 'i', 'quick', { ai: false })).status).to.equal(201)
    })

    it('turns a synchronous create that takes too long into 202 where the platform polls', async () => {
      const core = await start({ synchronousWaitMs: 600 })
      core.cloud.looksUntilReady = 3
      const { status, body } = await provision(core, 'i', 'quick')
      expect(status).to.equal(202)
      await core.settle()
      expect((await poll(core, 'i', { operation: String(body['operation']) })).body).to.deep.equal({
        state: 'succeeded'
      })
    })

    it('never gives up a removal that takes too long, and does not hurry it either', async () => {
      const core = await start({ synchronousWaitMs: 600 })
      await provision(core, 'i', 'quick')
      failing(core, 'destroy', () => new ProviderFailure('unavailable', 'not now'))
      const calls = core.cloud.calls.length
      const refused = await deprovision(core, 'i', 'quick', { ai: false })
      expect(refused.status).to.equal(503)
      expect(refused.description).to.contain('goes on')
      await moment(100)
      expect(core.cloud.calls.length - calls).to.be.lessThan(6)
      core.cloud.script = () => {}
      await core.settle()
      expect((await deprovision(core, 'i', 'quick', { ai: false })).status).to.equal(410)
      expect(core.cloud.things.size).to.equal(0)
    })

    it('U-13 ends a synchronous update that takes too long, and the plan stays what it was', async () => {
      const core = await start({ synchronousWaitMs: 600 })
      await provision(core, 'i', 'quick')
      failing(core, 'update', () => new ProviderFailure('unavailable', 'not now'))
      expect((await update(core, 'i', { plan_id: 'plan-quick-large' }, { ai: false })).status).to.equal(503)
      await core.settle()
      expect((await fetchInstance(core, 'i')).body['plan_id']).to.equal('plan-quick')
      core.cloud.script = () => {}
      expect((await update(core, 'i', { plan_id: 'plan-quick-large' }, { ai: false })).status).to.equal(200)
    })

    it('hurries the clean-up that a deletion waits for', async () => {
      const core = await start()
      core.cloud.script = (method, when) => {
        if (method === 'prepare' && when === 'after') throw new ProviderFailure('quota', 'full')
        if (method === 'destroy') throw new ProviderFailure('unavailable', 'not now')
      }
      await provision(core, 'i', 'slow')
      await until(async () => {
        if (core.engine.running() === 0) core.clock.advance(20 * MINUTE)
        core.engine.wake()
        return ((await operation(core, 'clean-up'))?.failures ?? 0) > 8
      })
      await until(() => core.engine.running() === 0)
      core.cloud.script = () => {}
      await deprovision(core, 'i', 'slow')
      await until(async () => (await operation(core, 'delete'))?.state === 'succeeded')
      expect(core.cloud.things.size).to.equal(0)
    })

    it('revokes a login when its time is over and keeps the binding readable until it is deleted', async () => {
      const core = await start()
      await provision(core, 'i', 'lasting')
      const { body } = await bind(core, 'i', 'b', 'lasting')
      expect(core.cloud.logins()).to.have.length(1)
      core.clock.advance(DAY + 1)
      await core.sweep()
      await core.settle()
      expect(core.cloud.logins()).to.deep.equal([])
      expect((await fetchBinding(core, 'i', 'b')).body['credentials']).to.deep.equal(body['credentials'])
      expect((await rotate(core, 'i', 'b2', { predecessor_binding_id: 'b' })).status).to.equal(400)
      expect((await unbind(core, 'i', 'b', 'lasting')).status).to.equal(200)
      expect((await fetchBinding(core, 'i', 'b')).status).to.equal(404)
    })

    it('lets a predecessor live on for seven days beside its successor, and not longer', async () => {
      const core = await start()
      await provision(core, 'i', 'quick')
      await bind(core, 'i', 'b1', 'quick')
      await rotate(core, 'i', 'b2', { predecessor_binding_id: 'b1' })
      core.clock.advance(7 * DAY - 1)
      await core.sweep()
      await core.settle()
      expect(core.cloud.logins()).to.have.length(2)
      core.clock.advance(1000)
      await core.sweep()
      await core.settle()
      const left = (await fetchBinding(core, 'i', 'b2')).body['credentials'] as { username: string }
      expect(core.cloud.logins()).to.deep.equal([left.username])
    })

    it('L-07 L-08 remembers an ended operation for 90 days, then says 410 for what is gone', async () => {
      const core = await start()
      const { body } = await provision(core, 'i', 'slow')
      await core.settle()
      await deprovision(core, 'i', 'slow')
      await core.settle()
      core.clock.advance(89 * DAY)
      await core.sweep()
      for (const query of [{}, { operation: String(body['operation']) }])
        expect((await poll(core, 'i', query)).body).to.deep.equal({ state: 'succeeded' })
      core.clock.advance(2 * DAY)
      await core.sweep()
      expect(await core.operations()).to.deep.equal([])
      expect((await poll(core, 'i')).status).to.equal(410)
      expect((await poll(core, 'never')).status).to.equal(404)
    })

    it('keeps the last operation of what lives, however old', async () => {
      const core = await start()
      await provision(core, 'i', 'slow')
      await core.settle()
      core.clock.advance(400 * DAY)
      await core.sweep()
      expect((await poll(core, 'i')).body).to.deep.equal({ state: 'succeeded' })
    })

    it('keeps what belongs to a provider that is not configured any more, and removes it when it is back', async () => {
      const core = await start({ deadlineMs: 10 * MINUTE })
      await provision(core, 'i', 'slow')
      await core.settle()
      core.configured.delete('north')
      await deprovision(core, 'i', 'slow')
      await core.settle()
      const { body } = await poll(core, 'i')
      expect(body['state']).to.equal('failed')
      expect(body['description']).to.contain('not configured')
      expect((await fetchInstance(core, 'i')).status).to.equal(200)
      core.configured.add('north')
      await deprovision(core, 'i', 'slow')
      await core.settle()
      expect((await poll(core, 'i')).body).to.deep.equal({ state: 'succeeded' })
      expect(core.cloud.things.size).to.equal(0)
    })

    it('ends a deletion at its deadline although what it waits for does not end', async () => {
      const core = await start({ deadlineMs: 10 * MINUTE })
      core.cloud.script = (method, when) => {
        if (method === 'prepare' && when === 'after') throw new ProviderFailure('quota', 'full')
        if (method === 'destroy') throw new ProviderFailure('unavailable', 'not now')
      }
      await provision(core, 'i', 'slow')
      await until(async () => (await operation(core, 'clean-up')) !== undefined)
      await deprovision(core, 'i', 'slow')
      core.clock.advance(11 * MINUTE)
      await core.sweep()
      core.engine.wake()
      await until(async () => (await operation(core, 'delete'))?.state === 'failed')
      core.cloud.script = () => {}
      await core.settle()
      await deprovision(core, 'i', 'slow')
      await core.settle()
      expect(core.cloud.things.size).to.equal(0)
    })

    it('U-17 says that an instance is not usable when its update broke it, and refuses to bind it', async () => {
      const core = await start({
        driver: (driver) => ({
          ...driver,
          update: async (handle) => ({ state: 'broken', handle, note: 'the disk is gone' })
        })
      })
      await provision(core, 'i', 'slow')
      await core.settle()
      await update(core, 'i', { plan_id: 'plan-slow-large' })
      await core.settle()
      expect((await poll(core, 'i')).body).to.deep.equal({
        state: 'failed',
        description: 'the disk is gone',
        instance_usable: false,
        update_repeatable: true
      })
      expect((await bind(core, 'i', 'b', 'slow')).status).to.equal(422)
    })

    it('renews the lease of a long step, and does not take many short ones for a stuck one', async () => {
      const core = await start({ leaseMs: 600, databaseTime: true })
      let steps = 0
      let aborted = 0
      core.cloud.script = async (method, when, call) => {
        if (method !== 'create' || when !== 'before') return
        call.signal.addEventListener('abort', () => aborted++)
        steps++
        await moment(800)
      }
      await provision(core, 'i', 'slow')
      await until(async () => (await operation(core, 'create'))?.state === 'succeeded')
      expect(steps).to.equal(2)
      expect(aborted).to.equal(0)
      expect(core.observed).to.not.include('taken over')
    })

    for (const how of ['fails', 'gets no answer'] as const) {
      it(`ends a step whose lease has run out because its renewal ${how}: another process may be at it`, async () => {
        const core = await start({ leaseMs: 600, databaseTime: true })
        let renewals = 0
        let atTheEnd = 0
        let isAway = how === 'gets no answer'
        const renew = async () => {
          renewals++
          await until(() => !isAway)
          throw new Error('no connection')
        }
        Object.assign(core.store.operations, { renew })
        core.cloud.script = (method, _when, call) =>
          method === 'create' && atTheEnd === 0
            ? new Promise<void>((_resolve, reject) =>
                call.signal.addEventListener('abort', () => {
                  atTheEnd = renewals
                  reject(new ProviderFailure('unavailable', 'ended'))
                })
              )
            : undefined
        await provision(core, 'i', 'slow')
        await until(() => atTheEnd > 0)
        // One each third of the lease.
        expect(atTheEnd).to.be.lessThan(7)
        isAway = false
      })
    }

    it('leaves no timer and no waiter behind', async () => {
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
      // By now mocha's own timer of this sentence is there.
      await moment()
      const before = timers()
      const core = await openCore(place.address)
      await provision(core, 'i', 'quick')
      await core.close()
      await until(() => timers() <= before)
    })

    it('BF-02 forgets the credentials of a bind that was given up', async () => {
      const core = await start()
      await provision(core, 'i', 'slow')
      await core.settle()
      failing(core, 'bind', () => new ProviderFailure('quota', 'too many'))
      await bind(core, 'i', 'b', 'slow')
      await core.settle()
      expect((await pollBinding(core, 'i', 'b')).body['state']).to.equal('failed')
      expect((await fetchBinding(core, 'i', 'b')).status).to.equal(404)
      expect(core.cloud.logins()).to.deep.equal([])
    })
  })
}

describe('Two engines on one PostgreSQL', function () {
  this.timeout(60_000)

  it('make each of many things once', async () => {
    const place = await (databases[1] as (typeof databases)[0]).fresh()
    const clock = clockAt()
    const cloud = openCloud()
    cloud.looksUntilReady = 1
    const [one, other] = [
      await openCore(place.address, { clock, cloud, concurrency: 4 }),
      await openCore(place.address, { clock, cloud, concurrency: 4 })
    ]
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => provision(n % 2 ? one : other, `i${n}`, n % 3 ? 'slow' : 'quick'))
    )
    expect(answers.every(({ status }) => status === 202 || status === 201)).to.equal(true)
    await Promise.all([one.settle(), other.settle()])
    expect(cloud.things.size).to.equal(40)
    expect(cloud.violations).to.deep.equal([])
    for (const core of [one, other]) await core.close()
    await place.drop()
  })

  it('take no notice of the wrong clock of one of them', async () => {
    const place = await (databases[1] as (typeof databases)[0]).fresh()
    const cloud = openCloud()
    const ahead = await openCore(place.address, {
      clock: clockAt(Date.now() + DAY),
      cloud,
      databaseTime: true
    })
    const behind = await openCore(place.address, {
      clock: clockAt(Date.now() - DAY),
      cloud,
      databaseTime: true
    })
    let tries = 0
    cloud.script = (method, when) => {
      if (method === 'create' && when === 'before' && ++tries % 2 === 1)
        throw new ProviderFailure('unavailable', 'not now')
    }
    for (const [core, id] of [
      [ahead, 'i1'],
      [behind, 'i2']
    ] as const) {
      expect((await provision(core, id, 'slow')).status).to.equal(202)
      await until(async () => (await poll(core, id)).body['state'] !== 'in progress', 10_000)
      expect((await poll(core, id)).body).to.deep.equal({ state: 'succeeded' })
    }
    for (const core of [ahead, behind]) await core.close()
    await place.drop()
  })
})
