import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Database } from '../../src/store/session.ts'
import { type Clock, clockAt } from '../support/clock.ts'
import { type Cloud, openCloud } from '../support/cloud.ts'
import { type Core, type CoreOptions, LEASE_MS, moment, openCore, openStoreAt } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { Died, type Life, lifeUntil } from '../support/life.ts'
import { bind, deprovision, provision, unbind, update } from '../support/requests.ts'

/** What a platform does, and what there is in the end when it asks again after a crash. */
interface Scene {
  readonly name: string
  readonly plan: string
  readonly stage?: (cloud: Cloud) => void
  readonly before?: (core: Core, id: string) => Promise<unknown>
  readonly act: (core: Core, id: string) => Promise<unknown>
  readonly again?: (core: Core, id: string) => Promise<unknown>
  readonly left: { readonly things: number; readonly logins: number }
}

const nothing = { things: 0, logins: 0 }
const ready = { things: 1, logins: 0 }
const bound = { things: 1, logins: 1 }

function scenesOn(plan: string): Scene[] {
  const made = (core: Core, id: string) => provision(core, id, plan)
  const madeAndBound = async (core: Core, id: string) => {
    await made(core, id)
    await core.settle()
    await bind(core, id, 'b', plan)
  }
  return [
    { name: 'a provision', plan, act: made, left: ready },
    {
      name: 'a provision that takes several looks',
      plan,
      stage: (cloud) => {
        cloud.looksUntilReady = 2
      },
      act: made,
      left: ready
    },
    {
      name: 'an update',
      plan,
      before: made,
      act: (core, id) => update(core, id, { plan_id: `plan-${plan}-large` }),
      left: ready
    },
    { name: 'a bind', plan, before: made, act: (core, id) => bind(core, id, 'b', plan), left: bound },
    {
      name: 'an unbind',
      plan,
      before: madeAndBound,
      act: (core, id) => unbind(core, id, 'b', plan),
      left: ready
    },
    {
      name: 'a deprovision',
      plan,
      before: made,
      act: (core, id) => deprovision(core, id, plan),
      left: nothing
    }
  ]
}

const failsAfterMaking = (cloud: Cloud): void => {
  cloud.script = (method, when) => {
    if (method === 'prepare' && when === 'after') throw new ProviderFailure('quota', 'there is no room')
  }
}

/** The first two tries of a bind meet a provider that is away, so that an unbind finds it under way. */
const bindsLate = (cloud: Cloud): void => {
  let tries = 0
  cloud.script = (method, when) => {
    if (method === 'bind' && when === 'after' && ++tries < 3)
      throw new ProviderFailure('unavailable', 'not now', { mayHaveHappened: true })
  }
}

const scenes: readonly Scene[] = [
  ...scenesOn('quick'),
  ...scenesOn('slow'),
  {
    name: 'a create that fails after it made something',
    plan: 'slow',
    stage: failsAfterMaking,
    act: (core, id) => provision(core, id, 'slow'),
    left: nothing
  },
  {
    name: 'a synchronous create that fails after it made something',
    plan: 'quick',
    stage: failsAfterMaking,
    act: (core, id) => provision(core, id, 'quick'),
    left: nothing
  },
  {
    name: 'a deletion while it is being made',
    plan: 'slow',
    stage: (cloud) => {
      cloud.looksUntilReady = 2
    },
    act: async (core, id) => {
      await provision(core, id, 'slow')
      await deprovision(core, id, 'slow')
    },
    again: (core, id) => deprovision(core, id, 'slow'),
    left: nothing
  },
  {
    name: 'an unbind while it is being bound',
    plan: 'slow',
    before: (core, id) => provision(core, id, 'slow'),
    stage: bindsLate,
    act: async (core, id) => {
      await bind(core, id, 'b', 'slow')
      await unbind(core, id, 'b', 'slow')
    },
    again: (core, id) => unbind(core, id, 'b', 'slow'),
    left: ready
  }
]

for (const database of databases) {
  describe(`A broker that dies, on ${database.name}`, function () {
    this.timeout(120_000)
    let place: Place

    let shared: Database
    const clock = clockAt()

    before(async () => {
      place = await database.fresh()
      shared = await openStoreAt(place.address, clock.now)
    })

    after(async () => {
      await shared.close()
      await place.drop()
    })

    for (const [index, scene] of scenes.entries()) {
      for (const asksAgain of [true, false]) {
        it(`leaves nothing doubled or lost at any point of ${scene.name} on the plan ${scene.plan}, ${
          asksAgain ? 'when the platform asks again' : 'when the platform never asks again'
        }`, async () => {
          let deadlyPoint = 0
          for (let dead = true; dead; ) {
            deadlyPoint++
            dead = await dieAt(deadlyPoint, `${index}-${asksAgain}-${deadlyPoint}`, scene, asksAgain)
          }
          expect(deadlyPoint).to.be.greaterThan(4)
        })
      }
    }

    async function dieAt(point: number, id: string, scene: Scene, asksAgain: boolean): Promise<boolean> {
      const cloud = openCloud()
      if (scene.before) await run({ clock, cloud }, async (core) => scene.before?.(core, id))
      scene.stage?.(cloud)
      const life = lifeUntil(point)
      await live({ clock, cloud, life }, (core) => scene.act(core, id))
      const where = `dead at point ${point} (${life.points.join(', ')})`
      clock.advance(LEASE_MS + 1)

      await run({ clock, cloud }, async (core) => {
        if (asksAgain) await asLongAsItTakes(core, (scene.again ?? scene.act)(core, id))
        await core.settle()
        await expectBooksAreRight(core, id, where)
        const { things, logins } = scene.left
        if (asksAgain || !life.dead) {
          expect(cloud.things.size, where).to.equal(things)
          expect(cloud.logins().length, where).to.equal(logins)
        }
        await expectGoneAfterCleaning(core, id, scene.plan, where)
      })
      return life.dead
    }

    /** A process to its end. */
    async function run(options: CoreOptions, use: (core: Core) => Promise<unknown>): Promise<void> {
      const core = await openCore(place.address, { ...options, database: shared })
      try {
        await use(core)
        await core.settle()
      } finally {
        await core.close()
      }
    }

    /** A process until it dies. */
    async function live(
      options: { clock: Clock; cloud: Cloud; life: Life },
      use: (core: Core) => Promise<unknown>
    ) {
      let core: Core | undefined
      try {
        core = await openCore(place.address, { ...options, database: shared })
        await untilDead(core, options.life, use(core))
      } catch (thrown) {
        if (!(thrown instanceof Died)) throw thrown
      } finally {
        await core?.close()
      }
    }
  })
}

async function untilDead(core: Core, life: Life, asked: Promise<unknown>): Promise<void> {
  let answered = false
  const answer = asked.finally(() => {
    answered = true
  })
  answer.catch(() => {})
  while (!life.dead) {
    if (answered && (await core.operations('in progress')).length === 0) break
    if (core.engine.running() === 0) core.clock.advance(500)
    core.engine.wake()
    await moment(2)
  }
  await answer
}

async function asLongAsItTakes(core: Core, asked: Promise<unknown>): Promise<void> {
  await untilDead(core, lifeUntil(), asked)
}

/** What the store says and what stands at the provider are the same. */
async function expectBooksAreRight(core: Core, id: string, where: string): Promise<void> {
  const { store, cloud } = core
  const { resources, bindings } = await store.database.read(async (session) => {
    const instance = await store.instances.find(session, 'cf', id)
    return {
      resources: instance ? await store.resources.ofInstance(session, instance.id) : [],
      bindings: instance ? await store.bindings.living(session, instance.id) : []
    }
  })
  const active = resources.filter(({ state }) => state === 'active').map(({ name }) => name)
  const valid = bindings.filter(({ state }) => state === 'bound').map(({ login }) => login)
  expect([...cloud.things.keys()], where).to.have.members(active)
  expect(cloud.logins(), where).to.have.members(valid)
  expect(cloud.violations, where).to.deep.equal([])
}

/** OSB orphan mitigation: DELETE until it is gone. */
async function expectGoneAfterCleaning(core: Core, id: string, plan: string, where: string): Promise<void> {
  await unbind(core, id, 'b', plan)
  await core.settle()
  const { status } = await deprovision(core, id, plan)
  expect(status, where).to.be.oneOf([200, 202, 410])
  await core.settle()
  expect(core.cloud.things.size, where).to.equal(0)
  expect((await deprovision(core, id, plan)).status, where).to.equal(410)
}
