import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { freshName } from '../../test/conformance/fresh.ts'
import { BROKER, callAt } from '../../test/support/driver-bench.ts'
import { failureOf, thrown } from '../../test/support/failures.ts'
import { ALLOWED, CLUSTER, useClusters } from './fake/bench.ts'
import { adapter } from './index.ts'
import { tagsOf } from './tags.ts'

describe('scaleway, Managed Redis', () => {
  const { bench, begin, clusters, driver: redis } = useClusters()
  const offered = (driverPlan: JsonObject = CLUSTER) => [
    { family: 'redis', regions: ['fr-par', 'nl-ams'], driverPlan }
  ]

  it('waits out what passes, and never calls a cluster with data broken', async () => {
    const engine = begin()
    await engine.create()
    const { handle, order } = engine.book
    const [cluster] = await clusters()
    if (!handle || !cluster) throw new Error('nothing was made')
    for (const status of ['unknown', 'provisioning', 'configuring', 'autohealing', 'initializing']) {
      await bench.fake.setStatus(cluster.id, status)
      expect(await redis().observe(handle, callAt()), status).to.deep.include({ state: 'pending' })
      expect((await redis().update?.(handle, order, callAt()))?.state, status).to.equal('pending')
      expect((await redis().destroy(handle, callAt())).state, status).to.equal('pending')
      expect((await clusters())[0]?.status).to.equal(status)
    }
    for (const status of ['error', 'locked', 'suspended']) {
      await bench.fake.setStatus(cluster.id, status)
      expect(await redis().observe(handle, callAt()), status).to.deep.include({ state: 'pending' })
      await failureOf(redis().update?.(handle, order, callAt()), 'conflict')
    }
    await engine.remove()
    expect(await clusters()).to.deep.equal([])
  })

  it('asks again for a deletion that ended in an error', async () => {
    await bench.fake.setScene({ failedDeletes: 2 })
    const engine = begin()
    await engine.create()
    await engine.remove()
    expect(await clusters()).to.deep.equal([])
    expect(await bench.asked('DELETE /redis/v1/zones/fr-par-1/clusters/{id}')).to.equal(3)
  })

  it('is never open', async () => {
    // Its rules are known from the order on: none is sent later.
    await bench.fake.setScene({ forgetsRules: true })
    await begin().create()
    expect((await clusters())[0]?.rules).to.deep.equal(ALLOWED)
  })

  it('is given up when it ends in error, and removed', async () => {
    await bench.fake.setScene({ halfCreated: 1 })
    const broken = begin()
    expect(await thrown(broken.create())).to.include({ name: 'Broken' })
    await broken.remove()
    expect(await clusters()).to.deep.equal([])
    expect((await bench.fake.state()).redisUsers).to.deep.equal([])
  })

  it('is refused where Scaleway has none, and where there is none left', async () => {
    const { order } = begin().book
    await failureOf(redis().create({ ...order, region: 'it-mil' }, undefined, callAt()), 'invalid')
    await bench.fake.setScene({ outOfStock: ['red1-micro'] })
    expect((await failureOf(begin().create(), 'quota')).message).to.contain('out of stock')
  })

  it('is looked for in the zones that have it, and no others', async () => {
    const everywhere = adapter.open({ ...bench.fake.settings, regions: ['it-mil', 'fr-par'] })
    const mark = { broker: BROKER, resource: 'r1', generation: 1 }
    await bench.fake.addForeignCluster({ name: freshName('p'), tags: tagsOf(mark) })
    const found: string[] = []
    for await (const each of everywhere.drivers['redis']?.list?.(BROKER, callAt()) ?? [])
      found.push(each.mark.resource)
    expect(found).to.deep.equal(['r1'])
    expect(await bench.asked('GET /redis/v1/zones/it-mil-1/clusters')).to.equal(0)
  })

  it('is inspected where it is offered: rights, sizes and versions', async () => {
    const inspected = async (plan?: JsonObject) =>
      ((await bench.opened.inspect?.(callAt(), offered(plan))) ?? []).filter(({ subject }) =>
        /Redis|region/.test(subject)
      )
    const told = async (plan?: JsonObject) =>
      (await inspected(plan)).map(({ level, subject }) => [level, subject])
    expect(await told()).to.deep.equal([
      ['ok', 'Redis in fr-par-1'],
      ['ok', 'Redis in nl-ams-1']
    ])
    await bench.fake.setScene({ outOfStock: ['red1-micro'] })
    const [scarce] = await inspected({ ...CLUSTER, version: '5.0.0' })
    expect(scarce?.level).to.equal('warning')
    expect(scarce?.text).to.equal('RED1-MICRO is out of stock; no version 5.0.0 is sold')
    const [unknown] = await inspected({ ...CLUSTER, nodeType: 'RED9-S', zone: 2 })
    expect(unknown).to.include({ subject: 'Redis in fr-par-2', text: 'no node type RED9-S is sold' })
    await bench.fake.setScene({ denied: ['redis'] })
    const [refused] = await inspected()
    expect(refused).to.include({ level: 'refused', subject: 'Redis in fr-par-1' })
    expect(refused?.remedy).to.contain('RedisFullAccess')
  })

  it('is enough for a key that is for nothing else', async () => {
    await bench.fake.setScene({ denied: ['relational_databases'] })
    await bench.opened.ping(callAt())
    const levels = (await bench.opened.inspect?.(callAt(), offered()))?.map(({ level }) => level)
    expect(levels).not.to.include('refused')
    await bench.fake.setScene({ denied: ['relational_databases', 'redis'] })
    await failureOf(bench.opened.ping(callAt()), 'denied')
  })
})
