import { expect } from 'chai'
import type { MysqlAccess } from '../../src/contract/access.ts'
import { family as mysqlFamily } from '../../src/families/mysql/index.ts'
import { freshLogin } from '../../test/conformance/fresh.ts'
import { callAt } from '../../test/support/driver-bench.ts'
import { failureOf, thrown } from '../../test/support/failures.ts'
import { ALLOWED, PLAN, useInstances } from './fake/bench.ts'
import { tagsOf } from './tags.ts'

describe('scaleway, over its fake', () => {
  const { bench, begin, instances } = useInstances()

  it('orders, closes the network, makes the database, and leaves nothing', async () => {
    const engine = begin()
    await engine.create()
    const [instance, ...others] = await instances()
    expect(others).to.deep.equal([])
    expect(instance).to.deep.include({
      name: engine.book.order.name,
      tags: tagsOf(engine.book.order.mark),
      rules: ALLOWED,
      databases: ['rdb', engine.book.order.name]
    })
    await engine.remove()
    const { databases, roles, instances: left } = await bench.fake.state()
    expect({ databases, roles, left }).to.deep.equal({ databases: [], roles: [], left: [] })
  })

  it('takes the pauses that a throttling provider asks for', async () => {
    await bench.fake.setScene({ throttled: 3, resetSeconds: 60 })
    await begin().create()
    expect(bench.passed()).to.be.at.least(180)
  })

  it('says that a size is out of stock, and leaves nothing', async () => {
    await bench.fake.setScene({ outOfStock: ['db-dev-s'] })
    const engine = begin()
    const told = await failureOf(engine.create(), 'quota')
    expect(told.message).to.contain('out of stock')
    await engine.remove()
    expect(await instances()).to.deep.equal([])
  })

  it('gives up an instance that ends in error, and removes it', async () => {
    await bench.fake.setScene({ halfCreated: 1 })
    const engine = begin()
    expect(await thrown(engine.create())).to.include({ name: 'Broken' })
    await engine.remove()
    expect((await bench.fake.state()).roles).to.deep.equal([])
    expect(await instances()).to.deep.equal([])
  })

  it('sends rules again that met another change', async () => {
    await bench.fake.setScene({ tupleConflicts: 2 })
    await begin().create()
    expect((await instances())[0]?.rules).to.deep.equal(ALLOWED)
  })

  it('makes no database in an instance that stays open', async () => {
    await bench.fake.setScene({ forgetsRules: true })
    expect(await thrown(begin().create())).to.include({ name: 'Broken' })
    expect((await instances())[0]?.databases).to.deep.equal(['rdb'])
  })

  it('waits out states that take long', async () => {
    await bench.fake.setScene({ looks: 9 })
    const engine = begin()
    await engine.create()
    await engine.remove()
    expect(await instances()).to.deep.equal([])
  })

  it('names the right that the admin login lacks', async () => {
    await bench.fake.setScene({ plainAdmin: true })
    const told = await failureOf(begin().create(), 'denied')
    expect(told.message).to.contain('CREATEROLE')
  })

  it('says that a login of MySQL may not see accounts, and makes none', async () => {
    await bench.fake.setScene({ plainAdmin: true })
    const plan = { ...PLAN, engine: 'MySQL-8' }
    const engine = bench.begin({ service: 'mysql', plan, allowFrom: ALLOWED, bare: true })
    await engine.create()
    const access = (await engine.access()) as MysqlAccess
    const told = await failureOf(mysqlFamily.bind?.(access, freshLogin(), {}, callAt()), 'denied')
    expect(told.message).to.contain('refused look at the login')
    const { roles } = await bench.fake.state()
    expect(roles).to.deep.equal([`portolan_${engine.book.order.name}`])
  }).timeout(60_000)
})
