import { expect } from 'chai'
import type { MysqlAccess } from '../../src/contract/access.ts'
import type { Adapter, Driver, Handle, Order } from '../../src/contract/adapter.ts'
import { type FailureKind, ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family as mysqlFamily } from '../../src/families/mysql/index.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { openBreaker } from '../../test/conformance/breaker.ts'
import { freshLogin, freshName, freshOrder } from '../../test/conformance/fresh.ts'
import type { Harness } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { type Engine, openEngine } from '../../test/conformance/run.ts'
import { openWatch } from '../../test/conformance/watch.ts'
import type { Scene } from './fake/scene.ts'
import { type FakeScaleway, startFakeScaleway } from './fake/start-fake.ts'
import { adapter } from './index.ts'
import { tagsOf } from './tags.ts'

const LAG = 30
const BROKER = 'broker-1'
const PLAN = { engine: 'PostgreSQL-15', nodeType: 'db-dev-s', volumeType: 'sbs_5k', volumeSizeGb: 10 }
const POST = 'POST /rdb/v1/regions/fr-par/instances'

describe('scaleway, over its fake', () => {
  let fake: FakeScaleway
  let opened: Adapter
  let driver: Driver
  /** Seconds that the broker let pass. */
  let passed = 0

  before(async function () {
    this.timeout(60_000)
    fake = await startFakeScaleway()
    opened = adapter.open({ ...fake.settings, listLagSeconds: LAG })
    const found = opened.drivers['postgresql']
    if (!found) throw new Error('no driver')
    driver = found
  })
  after(() => fake.stop())
  beforeEach(async () => {
    passed = 0
    await fake.reset()
  })

  /** An order and a core in small that carries it out, by a clock of its own. */
  function begin(plan: JsonObject = PLAN, by = driver): Engine {
    const harness: Harness = {
      openDriver: () => by,
      ...(by === driver ? { family } : {}),
      dedicated: true,
      order: { region: 'fr-par', plan, parameters: {} },
      call: ({ now, attempt, signal }) => callAt(now, attempt, signal),
      resources: async () => [],
      logins: async () => [],
      tryLogin: async () => false,
      advanceTime: async (seconds) => {
        passed += seconds
        await fake.advance(seconds)
      }
    }
    const order = freshOrder({ ...harness.order, allowFrom: ['192.0.2.0/24', '198.51.100.7/32'] }, BROKER)
    return openEngine(harness, openBreaker(harness.call), openWatch(), order)
  }

  function callAt(now = new Date(), attempt = 1, signal = new AbortController().signal): Call {
    return {
      signal,
      now,
      attempt,
      ...realPorts(signal),
      note: () => undefined
    }
  }

  async function instances() {
    return (await fake.state()).instances
  }

  async function asked(what: string): Promise<number> {
    return (await fake.state()).counters[what] ?? 0
  }

  it('orders, closes the network, makes the database, and leaves nothing', async () => {
    const engine = begin()
    await engine.create()
    const [instance, ...others] = await instances()
    expect(others).to.deep.equal([])
    expect(instance).to.deep.include({
      name: engine.book.order.name,
      tags: tagsOf(engine.book.order.mark),
      rules: ['192.0.2.0/24', '198.51.100.7/32'],
      databases: ['rdb', engine.book.order.name]
    })
    await engine.remove()
    const { databases, roles, instances: left } = await fake.state()
    expect({ databases, roles, left }).to.deep.equal({ databases: [], roles: [], left: [] })
  })

  describe('when the answer to the order is lost', () => {
    const lost = (when: 'before' | 'after', more: Partial<Scene> = {}): Partial<Scene> => ({
      ...more,
      lost: [{ method: 'POST', path: '/instances', when, times: 1 }]
    })

    it('waits until a list must show it, and makes no second one', async () => {
      await fake.setScene(lost('after', { hiddenSeconds: LAG - 1 }))
      await begin().create()
      expect(await instances()).to.have.length(1)
      expect(await asked(POST)).to.equal(1)
      expect(passed).to.be.at.least(LAG)
    })

    it('does so also when it is lost again and again', async () => {
      const again = { method: 'GET', path: '/instances', when: 'after', times: 5 } as const
      await fake.setScene({ hiddenSeconds: LAG - 1, lost: [...(lost('after').lost ?? []), again] })
      await begin().create()
      expect(await instances()).to.have.length(1)
      expect(await asked(POST)).to.equal(1)
    })

    it('orders again when it had no effect', async () => {
      await fake.setScene(lost('before', { hiddenSeconds: LAG - 1 }))
      await begin().create()
      expect(await instances()).to.have.length(1)
    })

    it('destroys what a create that was given up had ordered', async () => {
      await fake.setScene(lost('after', { hiddenSeconds: LAG - 1 }))
      const engine = begin()
      const handle = await chosen(engine.book.order)
      engine.book.handle = handle
      await failure('unavailable', driver.create(engine.book.order, handle, callAt()))
      expect(await instances()).to.have.length(1)
      await engine.remove()
      expect(await instances()).to.deep.equal([])
    })

    it('ends with one even where lists lag longer than declared', async () => {
      await fake.setScene(lost('after', { hiddenSeconds: LAG + 20, looks: 6 }))
      const engine = begin()
      await engine.create()
      expect(await asked(POST)).to.equal(2)
      const alive = (await instances()).filter(({ status }) => status !== 'deleting')
      expect(alive.map(({ id }) => id)).to.deep.equal([engine.book.handle?.['id']])
    })
  })

  it('keeps the oldest of two with one mark and destroys the other', async () => {
    const engine = begin()
    const { order } = engine.book
    const tags = tagsOf(order.mark)
    const older = await fake.addForeign({ name: order.name, tags })
    await fake.advance(10)
    const younger = await fake.addForeign({ name: order.name, tags })
    const handle = await chosen(order)
    const found = await driver.create(order, handle, callAt())
    expect(found).to.deep.include({ state: 'pending', handle: { ...handle, id: older, seen: true } })
    const states = Object.fromEntries((await instances()).map(({ id, status }) => [id, status]))
    expect(states).to.deep.equal({ [older]: 'ready', [younger]: 'deleting' })
  })

  async function chosen(order: Order): Promise<Handle> {
    const sighting = await driver.create(order, undefined, callAt())
    if (sighting.state !== 'pending') throw new Error(sighting.state)
    return sighting.handle
  }

  it('takes no instance for its own that another broker marked', async () => {
    const engine = begin()
    const { mark } = engine.book.order
    const tags = tagsOf({ ...mark, broker: 'another' })
    const other = await fake.addForeign({ name: 'other', tags })
    await engine.create()
    expect(engine.book.handle?.['id']).not.to.equal(other)
    await engine.remove()
    expect((await instances()).map(({ id, status }) => [id, status])).to.deep.equal([[other, 'ready']])
  })

  it('refuses an instance of its name that is not its own', async () => {
    const engine = begin()
    const { name } = engine.book.order
    await fake.addForeign({ name: `${name}-and-more` })
    const handle = await chosen(engine.book.order)
    expect((await driver.create(engine.book.order, handle, callAt())).state).to.equal('pending')
    await fake.reset()
    await fake.addForeign({ name, tags: ['portolan'] })
    await failure('conflict', driver.create(engine.book.order, handle, callAt()))
  })

  it('takes the pauses that a throttling provider asks for', async () => {
    await fake.setScene({ throttled: 3, resetSeconds: 60 })
    await begin().create()
    expect(passed).to.be.at.least(180)
  })

  it('says that a size is out of stock, and leaves nothing', async () => {
    await fake.setScene({ outOfStock: ['db-dev-s'] })
    const engine = begin()
    const told = await failure('quota', engine.create())
    expect(told.message).to.contain('out of stock')
    await engine.remove()
    expect(await instances()).to.deep.equal([])
  })

  it('gives up an instance that ends in error, and removes it', async () => {
    await fake.setScene({ halfCreated: 1 })
    const engine = begin()
    expect(await thrown(engine.create())).to.include({ name: 'Broken' })
    await engine.remove()
    expect((await fake.state()).roles).to.deep.equal([])
    expect(await instances()).to.deep.equal([])
  })

  it('sends rules again that met another change', async () => {
    await fake.setScene({ tupleConflicts: 2 })
    await begin().create()
    expect((await instances())[0]?.rules).to.deep.equal(['192.0.2.0/24', '198.51.100.7/32'])
  })

  it('makes no database in an instance that stays open', async () => {
    await fake.setScene({ forgetsRules: true })
    expect(await thrown(begin().create())).to.include({ name: 'Broken' })
    expect((await instances())[0]?.databases).to.deep.equal(['rdb'])
  })

  it('waits out states that take long', async () => {
    await fake.setScene({ looks: 9 })
    const engine = begin()
    await engine.create()
    await engine.remove()
    expect(await instances()).to.deep.equal([])
  })

  it('names the right that the admin login lacks', async () => {
    await fake.setScene({ plainAdmin: true })
    const told = await failure('denied', begin().create())
    expect(told.message).to.match(/CREATEROLE|make roles/)
  })

  it('changes size, volume and availability one after the other, and only once', async () => {
    const engine = begin()
    await engine.create()
    const plan = { ...PLAN, nodeType: 'DB-DEV-M', volumeSizeGb: 20, highAvailability: true }
    await engine.update({ ...engine.book.order, plan })
    await engine.update({ ...engine.book.order, plan })
    expect((await instances())[0]).to.deep.include({
      nodeType: 'db-dev-m',
      volumeSize: 20_000_000_000,
      highAvailability: true,
      status: 'ready'
    })
    expect(await asked('POST /rdb/v1/regions/fr-par/instances/{id}/upgrade')).to.equal(3)
  })

  it('never calls an instance with data broken, and lets a full one grow', async () => {
    const engine = begin()
    await engine.create()
    const handle = engine.book.handle
    const [instance] = await instances()
    if (!handle || !instance) throw new Error('nothing was made')
    for (const status of ['locked', 'error', 'disk_full']) {
      await fake.setStatus(instance.id, status)
      expect(await driver.observe(handle, callAt())).to.deep.include({ state: 'pending' })
      await failure('conflict', driver.update?.(handle, engine.book.order, callAt()))
    }
    await engine.update({ ...engine.book.order, plan: { ...PLAN, volumeSizeGb: 15 } })
    expect((await instances())[0]).to.deep.include({ status: 'ready', volumeSize: 15_000_000_000 })
  })

  it('lists every page of what carries the mark of its broker', async () => {
    for (let i = 0; i < 205; i++) {
      const mark = { broker: i < 203 ? BROKER : 'another', resource: `r${i}`, generation: 1 }
      await fake.addForeign({
        name: freshName('p'),
        tags: tagsOf(mark),
        region: i < 202 ? 'fr-par' : 'pl-waw'
      })
    }
    await fake.addForeign({ name: 'half', tags: ['portolan', `portolan-broker=${BROKER}`] })
    const found: string[] = []
    for await (const { mark } of driver.list?.(BROKER, callAt()) ?? []) found.push(mark.resource)
    expect(found).to.have.length(203)
    expect(new Set(found).size).to.equal(203)
  }).timeout(60_000)

  it('says that a login of MySQL may not see accounts, and makes none', async () => {
    const mysql = opened.drivers['mysql']
    if (!mysql?.access) throw new Error('no driver')
    await fake.setScene({ plainAdmin: true })
    const engine = begin({ ...PLAN, engine: 'MySQL-8' }, mysql)
    await engine.create()
    const { handle } = engine.book
    const access = handle && ((await mysql.access(handle, callAt())) as MysqlAccess)
    if (!access) throw new Error('nothing was made')
    await failure('denied', mysqlFamily.bind?.(access, freshLogin(), {}, callAt()))
    const { roles } = await fake.state()
    expect(roles).to.deep.equal([`portolan_${engine.book.order.name}`])
  }).timeout(60_000)

  it('lists what is of its own engine', async () => {
    const mark = { broker: BROKER, resource: 'r1', generation: 1 }
    await fake.addForeign({ name: freshName('p'), tags: tagsOf(mark), engine: 'MySQL-8' })
    await fake.addForeign({ name: freshName('p'), tags: tagsOf({ ...mark, resource: 'r2' }) })
    for (const [name, resource] of [
      ['mysql', 'r1'],
      ['postgresql', 'r2']
    ] as const) {
      const found: string[] = []
      for await (const each of opened.drivers[name]?.list?.(BROKER, callAt()) ?? [])
        found.push(each.mark.resource)
      expect(found, name).to.deep.equal([resource])
    }
  })

  it('asks with its key, and says which right is missing', async () => {
    await opened.ping(callAt())
    const findings = (await opened.inspect?.(callAt()))?.slice(0, 6)
    expect(findings?.map(({ level, subject }) => [level, subject])).to.deep.equal([
      ['ok', 'region fr-par'],
      ['ok', 'node types of fr-par'],
      ['ok', 'region nl-ams'],
      ['ok', 'node types of nl-ams'],
      ['ok', 'region pl-waw'],
      ['ok', 'node types of pl-waw']
    ])
    const stranger = adapter.open({ ...fake.settings, secretKey: 'wrong-key', regions: ['fr-par'] })
    const told = await failure('denied', stranger.ping(callAt()))
    expect(told.message).not.to.contain('wrong-key')
    const [finding] = (await stranger.inspect?.(callAt())) ?? []
    expect(finding).to.deep.include({ level: 'refused' })
    expect(finding?.remedy).to.contain('RelationalDatabasesFullAccess')
  })

  describe('Managed Redis', () => {
    const ORDERED = 'POST /redis/v1/zones/fr-par-1/clusters'
    const SMALL = { version: '7.0.5', nodeType: 'RED1-MICRO', clusterSize: 1 }
    const clusters = async () => (await fake.state()).clusters
    const lost = (when: 'before' | 'after') => [{ method: 'POST', path: '/clusters', when, times: 1 }]
    const offered = (driverPlan: JsonObject = SMALL) => [
      { family: 'redis', regions: ['fr-par', 'nl-ams'], driverPlan }
    ]
    let redis: Driver

    before(async function () {
      this.timeout(60_000)
      await fake.start('Redis')
      const found = opened.drivers['redis']
      if (!found) throw new Error('no driver')
      redis = found
    })

    it('makes no second cluster while the list does not show the first', async () => {
      await fake.setScene({ hiddenSeconds: LAG - 1, hiddenGets: 2, lost: lost('after') })
      const engine = begin(SMALL, redis)
      await engine.create()
      expect(await clusters()).to.have.length(1)
      expect(await asked(ORDERED)).to.equal(1)
      expect(passed).to.be.at.least(LAG)
    })

    it('destroys what was ordered and is in no list yet', async () => {
      await fake.setScene({ hiddenSeconds: LAG - 1, lost: lost('after') })
      const engine = begin(SMALL, redis)
      const first = await redis.create(engine.book.order, undefined, callAt())
      if (first.state !== 'pending') throw new Error(first.state)
      engine.book.handle = first.handle
      await failure('unavailable', redis.create(engine.book.order, first.handle, callAt()))
      await engine.remove()
      expect(await clusters()).to.deep.equal([])
      expect((await fake.state()).redisUsers).to.deep.equal([])
    })

    it('ends with one cluster even where lists lag longer than declared', async () => {
      await fake.setScene({ hiddenSeconds: LAG + 20, looks: 6, lost: lost('after') })
      const engine = begin(SMALL, redis)
      await engine.create()
      expect(await asked(ORDERED)).to.equal(2)
      const alive = (await clusters()).filter(({ status }) => status !== 'deleting')
      expect(alive.map(({ id }) => id)).to.deep.equal([engine.book.handle?.['id']])
    })

    it('waits out what passes, and never calls a cluster with data broken', async () => {
      const engine = begin(SMALL, redis)
      await engine.create()
      const { handle, order } = engine.book
      const [cluster] = await clusters()
      if (!handle || !cluster) throw new Error('nothing was made')
      for (const status of ['unknown', 'provisioning', 'configuring', 'autohealing', 'initializing']) {
        await fake.setStatus(cluster.id, status)
        expect(await redis.observe(handle, callAt()), status).to.deep.include({ state: 'pending' })
        expect((await redis.update?.(handle, order, callAt()))?.state, status).to.equal('pending')
        expect((await redis.destroy(handle, callAt())).state, status).to.equal('pending')
        expect((await clusters())[0]?.status).to.equal(status)
      }
      for (const status of ['error', 'locked', 'suspended']) {
        await fake.setStatus(cluster.id, status)
        expect(await redis.observe(handle, callAt()), status).to.deep.include({ state: 'pending' })
        await failure('conflict', redis.update?.(handle, order, callAt()))
      }
      await engine.remove()
      expect(await clusters()).to.deep.equal([])
    })

    it('asks again for a deletion that ended in an error', async () => {
      await fake.setScene({ failedDeletes: 2 })
      const engine = begin(SMALL, redis)
      await engine.create()
      await engine.remove()
      expect(await clusters()).to.deep.equal([])
      expect(await asked('DELETE /redis/v1/zones/fr-par-1/clusters/{id}')).to.equal(3)
    })

    it('is never open, and given up where it cannot be closed', async () => {
      await begin(SMALL, redis).create()
      expect((await clusters())[0]?.rules).to.deep.equal(['192.0.2.0/24', '198.51.100.7/32'])
      await fake.reset()
      await fake.setScene({ halfCreated: 1 })
      const broken = begin(SMALL, redis)
      expect(await thrown(broken.create())).to.include({ name: 'Broken' })
      await broken.remove()
      expect(await clusters()).to.deep.equal([])
    })

    it('is refused where Scaleway has none, and where there is none left', async () => {
      const { order } = begin(SMALL, redis).book
      await failure('invalid', redis.create({ ...order, region: 'it-mil' }, undefined, callAt()))
      await fake.setScene({ outOfStock: ['red1-micro'] })
      expect((await failure('quota', begin(SMALL, redis).create())).message).to.contain('out of stock')
    })

    it('is looked for in the zones that have it, and no others', async () => {
      const everywhere = adapter.open({ ...fake.settings, regions: ['it-mil', 'fr-par'] })
      const mark = { broker: BROKER, resource: 'r1', generation: 1 }
      await fake.addForeignCluster({ name: freshName('p'), tags: tagsOf(mark) })
      const found: string[] = []
      for await (const each of everywhere.drivers['redis']?.list?.(BROKER, callAt()) ?? [])
        found.push(each.mark.resource)
      expect(found).to.deep.equal(['r1'])
      expect(await asked('GET /redis/v1/zones/it-mil-1/clusters')).to.equal(0)
    })

    it('is inspected where it is offered: rights, sizes and versions', async () => {
      const inspected = async (plan?: JsonObject) =>
        ((await opened.inspect?.(callAt(), offered(plan))) ?? []).filter(({ subject }) =>
          /Redis|region/.test(subject)
        )
      const told = async (plan?: JsonObject) =>
        (await inspected(plan)).map(({ level, subject }) => [level, subject])
      expect(await told()).to.deep.equal([
        ['ok', 'Redis in fr-par-1'],
        ['ok', 'Redis in nl-ams-1']
      ])
      await fake.setScene({ outOfStock: ['red1-micro'] })
      const [scarce] = await inspected({ ...SMALL, version: '5.0.0' })
      expect(scarce?.level).to.equal('warning')
      expect(scarce?.text).to.equal('RED1-MICRO is out of stock; no version 5.0.0 is sold')
      const [unknown] = await inspected({ ...SMALL, nodeType: 'RED9-S', zone: 2 })
      expect(unknown).to.include({ subject: 'Redis in fr-par-2', text: 'no node type RED9-S is sold' })
      await fake.setScene({ denied: ['redis'] })
      const [refused] = await inspected()
      expect(refused).to.include({ level: 'refused', subject: 'Redis in fr-par-1' })
      expect(refused?.remedy).to.contain('RedisFullAccess')
    })

    it('is enough for a key that is for nothing else', async () => {
      await fake.setScene({ denied: ['relational_databases'] })
      await opened.ping(callAt())
      const levels = (await opened.inspect?.(callAt(), offered()))?.map(({ level }) => level)
      expect(levels).not.to.include('refused')
      await fake.setScene({ denied: ['relational_databases', 'redis'] })
      await failure('denied', opened.ping(callAt()))
    })
  })
})

async function thrown(promise: Promise<unknown> | undefined): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

async function failure(kind: FailureKind, promise: Promise<unknown> | undefined): Promise<ProviderFailure> {
  const error = await thrown(promise)
  if (!(error instanceof ProviderFailure)) throw error
  expect(error.kind).to.equal(kind)
  return error
}
