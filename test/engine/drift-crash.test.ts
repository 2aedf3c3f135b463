import { expect } from 'chai'
import { newId } from '../../src/domain/new-id.ts'
import type { Database } from '../../src/store/session.ts'
import { clockAt, DAY } from '../support/clock.ts'
import { type Cloud, listedIn, openCloud, plant } from '../support/cloud.ts'
import { type Core, type CoreOptions, LEASE_MS, moment, openCore, openStoreAt } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { Died, lifeUntil } from '../support/life.ts'
import { OPS, operatorOf } from '../support/operator.ts'

/** The operators' use cases of one process; north shows everything. */
const desk = (core: Core, cloud: Cloud) =>
  operatorOf(core, [], {
    list: async (provider) =>
      provider === 'north' ? [{ provider, family: 'box', listed: await listedIn(cloud, core.brokerId) }] : []
  })

const ACTS = {
  'a deletion of an orphan': (core: Core, cloud: Cloud, name: string) =>
    desk(core, cloud).deleteOrphan(OPS, { provider: 'north', name, confirm: name }),
  'an adoption': (core: Core, cloud: Cloud, name: string) =>
    desk(core, cloud).adoptInstance(OPS, { name, plan: 'quick', platform: 'cf', instance: `i-${name}` })
} as const

for (const database of databases) {
  describe(`A process that dies on an orphan, ${database.name}`, function () {
    this.timeout(120_000)
    const clock = clockAt()
    let place: Place
    let shared: Database

    before(async () => {
      place = await database.fresh()
      shared = await openStoreAt(place.address, clock.now)
    })
    after(async () => {
      await shared.close()
      await place.drop()
    })

    for (const [title, act] of Object.entries(ACTS)) {
      it(`${title}, at every moment: ordered again, it is done once and the neighbour stands`, async () => {
        let point = 0
        for (let dead = true; dead; ) dead = await dieAt(++point, `p${title.length}x${point}`, act)
        expect(point).to.be.greaterThan(6)
      })
    }

    async function dieAt(
      point: number,
      name: string,
      act: (typeof ACTS)[keyof typeof ACTS]
    ): Promise<boolean> {
      const cloud = openCloud()
      await run({ cloud }, async (core) => {
        for (const each of [name, `${name}-neighbour`])
          plant(cloud, each, { broker: core.brokerId, resource: newId(), generation: 1 })
        await desk(core, cloud).showDrift()
      })
      clock.advance(8 * DAY)
      const life = lifeUntil(point)
      await live({ cloud, life }, (core) => act(core, cloud, name))
      clock.advance(LEASE_MS + 1)
      const where = `dead at point ${point} (${life.points.join(', ')})`
      await run({ cloud }, async (core) => {
        await core.settle()
        const operation = await act(core, cloud, name)
        expect(operation.state, where).to.equal('succeeded')
        await expectRight(core, cloud, name, operation.kind === 'adopt', where)
      })
      return life.dead
    }

    async function expectRight(
      core: Core,
      cloud: Cloud,
      name: string,
      stays: boolean,
      where: string
    ): Promise<void> {
      expect(cloud.things.has(name), where).to.equal(stays)
      expect(cloud.things.has(`${name}-neighbour`), where).to.equal(true)
      const { orphans, leftovers } = await desk(core, cloud).showDrift()
      expect(
        [...orphans, ...leftovers].map((each) => each.name),
        where
      ).to.deep.equal([`${name}-neighbour`])
      const { rows, operations } = await core.store.database.read(async (session) => {
        const resource = await core.store.resources.byName(session, name)
        const all = await core.store.operations.list(session, { limit: 1000 })
        return { rows: resource, operations: all.filter((each) => each.resource === resource?.id) }
      })
      expect(rows?.state, where).to.equal(stays ? 'active' : 'gone')
      expect(
        operations.map(({ state }) => state),
        where
      ).to.deep.equal(['succeeded'])
      const { items } = await desk(core, cloud).listAudit({ limit: 1000 })
      const told = items.filter(
        ({ subject }) => subject === (stays ? `instance i-${name}` : `resource ${name}`)
      )
      expect(told.length, where).to.equal(stays ? 1 : 2)
      expect(cloud.violations, where).to.deep.equal([])
    }

    /** A process to its end. */
    async function run(options: CoreOptions, use: (core: Core) => Promise<unknown>): Promise<void> {
      const core = await openCore(place.address, { ...options, clock, database: shared })
      try {
        await use(core)
      } finally {
        await core.close()
      }
    }

    /** A process until it dies, or until nothing is left to do. */
    async function live(
      options: CoreOptions & { readonly life: ReturnType<typeof lifeUntil> },
      use: (core: Core) => Promise<unknown>
    ): Promise<void> {
      try {
        await run(options, async (core) => {
          const own = { isOver: false }
          const asked = use(core).finally(() => {
            own.isOver = true
          })
          asked.catch(() => {})
          while (!options.life.dead && !own.isOver) {
            if (core.engine.running() === 0) core.clock.advance(500)
            core.engine.wake()
            await moment(2)
          }
          if (own.isOver) await asked
        })
      } catch (thrown) {
        if (!(thrown instanceof Died)) throw thrown
      }
    }
  })
}
