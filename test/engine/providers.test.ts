import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { RetryBudgets } from '../../src/engine/retry-budget.ts'
import { clockAt, MINUTE } from '../support/clock.ts'
import { type Core, moment, openCore, until } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { catalogOf, PLANS, planNamed } from '../support/offers.ts'
import { poll, provision } from '../support/requests.ts'

const SOUTH = planNamed('south-slow', { provider: 'south', synchronous: false })

for (const database of databases) {
  describe(`Providers beside each other, ${database.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let core: Core
    let free: () => void

    beforeEach(async () => {
      place = await database.fresh()
      core = await openCore(place.address, { concurrency: 3 })
      core.catalog.now = catalogOf([...PLANS, SOUTH])
      const held = new Promise<void>((resolve) => {
        free = resolve
      })
      // What stands in the north waits for its provider; the south answers.
      core.cloud.script = async (method, when, _call, name) => {
        if (method === 'create' && when === 'before' && (await providerOf(name)) === 'north') await held
      }
    })

    afterEach(async () => {
      free()
      await core.close()
      await place.drop()
    })

    const providerOf = (name: string) =>
      core.store.database.read(
        async (session) =>
          (await core.store.resources.all(session)).find((resource) => resource.name === name)?.provider
      )

    const inNorth = () => core.engine.runningByProvider().get('north') ?? 0

    /** Three run then, or some more that were accepted while a claim was under way. */
    async function fill(): Promise<void> {
      for (let n = 0; n < 20; n++) await provision(core, `north-${n}`, 'slow')
      await until(() => inNorth() >= 3)
    }

    it('work on while one of them is full and many operations wait for it', async () => {
      await fill()
      for (let n = 0; n < 20; n++) await provision(core, `south-${n}`, 'south-slow')
      await until(async () => {
        core.engine.wake()
        return (await core.operations('succeeded')).length === 20
      }, 20_000)
      const ended = await core.operations('succeeded')
      expect(new Set(ended.map(({ provider }) => provider))).to.deep.equal(new Set(['south']))
      const waiting = await core.operations('in progress')
      expect(waiting).to.have.length(20)
      expect([...core.engine.runningByProvider().keys()]).to.deep.equal(['north'])
      expect(inNorth()).to.be.within(3, 6)
      free()
      await core.settle()
      expect(await core.operations('succeeded')).to.have.length(40)
      expect(core.cloud.violations).to.deep.equal([])
    })

    it('cost no claim after the other while nothing can be claimed', async () => {
      await fill()
      const { operations } = core.store
      const claim = operations.claim.bind(operations)
      let claims = 0
      Object.assign(operations, {
        claim: (...asked: Parameters<typeof claim>) => {
          claims += 1
          return claim(...asked)
        }
      })
      await moment(500)
      // Each 50 ms, for what nobody announced.
      expect(claims).to.be.within(1, 12)
    })

    it('leave those without a resource their own room', async () => {
      await fill()
      await core.store.database.write(async (session) =>
        core.store.operations.insert(session, {
          id: 'lone',
          kind: 'clean-up',
          stage: 'release',
          platform: 'cf',
          answered: true,
          now: 0
        })
      )
      core.engine.wake()
      // It has nothing to work on, so it fails; that it was begun is what counts.
      await until(async () => {
        core.engine.wake()
        return (await core.operations()).some(({ id, failures }) => id === 'lone' && failures > 0)
      })
    })

    it('get room for what a copy of the version before has inserted', async () => {
      await fill()
      free()
      await core.settle()
      await provision(core, 'older', 'south-slow')
      await core.store.database.write((session) =>
        session.write("update operations set provider = '' where state = 'in progress'")
      )
      await core.settle()
      expect((await poll(core, 'older')).body['state']).to.equal('succeeded')
    })

    it('that fail together are asked again in a minute or two once their budget is used up', async () => {
      free()
      core.cloud.script = (method, when) => {
        if (method === 'create' && when === 'before')
          throw new ProviderFailure('unavailable', 'The provider north does not answer.')
      }
      for (let n = 0; n < 20; n++) await provision(core, `north-${n}`, 'slow')
      await until(async () => {
        core.engine.wake()
        return (await core.operations('in progress')).every(({ failures }) => failures > 0)
      })
      const pauses = (await core.operations('in progress')).map(({ dueAt }) => dueAt - core.clock.now())
      const later = pauses.filter((ms) => ms === 1.5 * MINUTE).length
      expect(pauses.filter((ms) => ms <= 1000)).to.have.length(20 - later)
      // Ten that are always there, and a fifth of the twenty that began; the last of these may come too late to be of use.
      expect(later).to.be.within(6, 8)
      const told = (await core.operations('in progress')).filter(
        ({ description }) =>
          description ===
          'The provider north does not answer; much fails at the provider north, so the next try waits until 12:01:30 UTC'
      )
      expect(told).to.have.length(later)
    })
  })
}

describe('The budget of tries', () => {
  it('lets a lone operation be tried as often as its pauses say', () => {
    const clock = clockAt()
    const budgets = new RetryBudgets(clock.now)
    for (const seconds of [1, 2, 4, 8, 16, 32, ...Array(100).fill(60)]) {
      expect(budgets.take('larch')).to.equal(true)
      clock.advance(seconds * 500)
    }
  })

  it('grants a fifth of what begins anew, and is another one for each provider', () => {
    const clock = clockAt()
    const budgets = new RetryBudgets(clock.now)
    const granted = (provider: string) => {
      let count = 0
      while (budgets.take(provider)) count += 1
      return count
    }
    expect(granted('larch')).to.equal(10)
    for (let step = 0; step < 100; step++) budgets.stepBegins('larch')
    expect(granted('larch')).to.be.within(19, 20)
    expect(granted('elm')).to.equal(10)
  })

  it('saves up to a hundred, and fills up to ten by itself', () => {
    const clock = clockAt()
    const budgets = new RetryBudgets(clock.now)
    for (let step = 0; step < 10_000; step++) budgets.stepBegins('larch')
    expect(budgets.left('larch')).to.equal(100)
    clock.advance(MINUTE)
    expect(budgets.left('larch')).to.equal(100)
    while (budgets.take('larch'));
    clock.advance(50_000)
    expect(budgets.left('larch')).to.equal(5)
    clock.advance(60 * MINUTE)
    expect(budgets.left('larch')).to.equal(10)
  })
})
