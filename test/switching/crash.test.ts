import { expect } from 'chai'
import type { Database } from '../../src/store/session.ts'
import { clockAt } from '../support/clock.ts'
import { type Cloud, openCloud } from '../support/cloud.ts'
import { type Core, type CoreOptions, LEASE_MS, moment, openCore, openStoreAt } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { Died, type Life, lifeUntil } from '../support/life.ts'
import { bind, fetchBinding, provision, update } from '../support/requests.ts'
import { seeded, seedFrom } from '../support/seeded.ts'

const ABROAD = { plan_id: 'plan-abroad', parameters: { switch: { accept: ['loses-certification:c5'] } } }

/** What is on the way, and where it ends when nobody dies. */
interface Scene {
  readonly name: string
  readonly stage?: (cloud: Cloud) => void
  readonly plan: 'plan-quick' | 'plan-abroad'
}

/** A resumed switch is hundreds of statements, each a way to the server and back: every so-manyth point, and others in every run. */
const STRIDE = { SQLite: 3, PostgreSQL: 16 }
const isFull = process.env['PORTOLAN_FULL'] === '1'

const scenes: readonly Scene[] = [
  { name: 'a switch', plan: 'plan-abroad' },
  {
    name: 'a switch whose copy is different',
    plan: 'plan-quick',
    stage: (cloud) => {
      cloud.script = (method, when) => {
        if (method === 'copy' && when === 'after') [...cloud.things.values()].at(-1)?.rows.pop()
      }
    }
  }
]

for (const database of databases) {
  describe(`SW-08 a broker that dies during a switch, on ${database.name}`, function () {
    this.timeout(isFull ? 900_000 : 120_000)
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

    for (const [index, scene] of scenes.entries()) {
      it(`loses nothing and leaves nothing half-made at any point of ${scene.name}`, async () => {
        const stride = isFull ? 1 : STRIDE[database.name]
        let point = 1 + seeded(seedFrom([])).below(stride)
        while (await dieAt(point, `${index}-${point}`, scene)) point += stride
        expect(point).to.be.greaterThan(100)
      })
    }

    async function dieAt(point: number, id: string, scene: Scene): Promise<boolean> {
      const cloud = openCloud()
      let login = ''
      await run({ clock, cloud }, async (core) => {
        await provision(core, id, 'quick')
        await bind(core, id, 'b', 'quick')
        const { body } = await fetchBinding(core, id, 'b')
        login = (body['credentials'] as { username: string }).username
        for (const row of ['one', 'two']) cloud.write(login, row)
      })
      scene.stage?.(cloud)
      const life = lifeUntil(point)
      await live({ clock, cloud, life }, (core) => update(core, id, ABROAD))
      const where = `dead at point ${point} (${life.points.slice(-4).join(', ')})`
      clock.advance(LEASE_MS + 1)
      await run({ clock, cloud }, async (core) => {
        // A platform that got no answer asks again.
        await update(core, id, ABROAD)
        await core.settle()
        await expectWhole(core, cloud, id, login, where)
        if (!life.dead) expect(await planOf(core, id), where).to.equal(scene.plan)
      })
      return life.dead
    }

    async function expectWhole(
      core: Core,
      cloud: Cloud,
      id: string,
      login: string,
      where: string
    ): Promise<void> {
      const { instance, resources } = await core.store.database.read(async (session) => {
        const found = await core.store.instances.find(session, 'cf', id)
        if (!found) throw new Error('there is no instance')
        return { instance: found, resources: await core.store.resources.ofInstance(session, found.id) }
      })
      const current = resources.find((each) => each.id === instance.resource)
      const standing = resources.filter(({ state }) => state === 'active' || state === 'retained')
      expect(current?.state, where).to.equal('active')
      expect([...cloud.things.keys()], where).to.have.members(standing.map(({ name }) => name))
      const thing = cloud.things.get(current?.name ?? '')
      expect(thing?.rows, where).to.deep.equal(['one', 'two'])
      expect(cloud.write(login, 'three'), where).to.equal(true)
      expect(thing?.rows.at(-1), where).to.equal('three')
      for (const { steps } of cloud.things.values()) expect([...steps], where).to.deep.equal([])
      for (const { name } of standing.filter(({ state }) => state === 'retained')) {
        expect(cloud.things.get(name), where).to.include({ frozen: true })
        expect([...(cloud.things.get(name)?.logins.keys() ?? [])], where).to.deep.equal([`retired ${login}`])
      }
      expect(cloud.violations, where).to.deep.equal([])
    }

    async function planOf(core: Core, id: string): Promise<string | undefined> {
      const found = await core.store.database.read((session) => core.store.instances.find(session, 'cf', id))
      return found?.planId
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
      options: { clock: CoreOptions['clock']; cloud: Cloud; life: Life },
      use: (core: Core) => Promise<unknown>
    ): Promise<void> {
      const { clock: time, cloud, life } = options
      let core: Core | undefined
      try {
        core = await openCore(place.address, {
          cloud,
          life,
          database: shared,
          ...(time ? { clock: time } : {})
        })
        await use(core)
        while (!life.dead && (await core.operations('in progress')).length > 0) {
          if (core.engine.running() === 0) core.clock.advance(500)
          core.engine.wake()
          await moment(2)
        }
      } catch (thrown) {
        if (!(thrown instanceof Died)) throw thrown
      } finally {
        await core?.close()
      }
    }
  })
}
