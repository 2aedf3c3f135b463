import { expect } from 'chai'
import { freshName } from '../../test/conformance/fresh.ts'
import { BROKER, callAt, chosenBy } from '../../test/support/driver-bench.ts'
import { failureOf } from '../../test/support/failures.ts'
import { whereNothingIs } from '../../test/support/where-nothing-is.ts'
import { useInstances } from './fake/bench.ts'
import { tagsOf } from './tags.ts'

describe('scaleway, what it takes for its own', () => {
  const { bench, begin, driver, instances } = useInstances()

  it('keeps the oldest of two with one mark and destroys the other', async () => {
    const engine = begin()
    const { order } = engine.book
    const tags = tagsOf(order.mark)
    const older = await bench.fake.addForeign({ name: order.name, tags })
    await bench.fake.advance(10)
    const younger = await bench.fake.addForeign({ name: order.name, tags })
    const handle = await chosenBy(driver(), order)
    const found = await driver().create(order, handle, callAt())
    expect(found).to.deep.include({ state: 'pending', handle: { ...handle, id: older, seen: true } })
    const states = Object.fromEntries((await instances()).map(({ id, status }) => [id, status]))
    expect(states).to.deep.equal({ [older]: 'ready', [younger]: 'deleting' })
  })

  it('takes no instance for its own that another broker marked', async () => {
    const engine = begin()
    const { mark } = engine.book.order
    const tags = tagsOf({ ...mark, broker: 'another' })
    const other = await bench.fake.addForeign({ name: 'other', tags })
    await engine.create()
    expect(engine.book.handle?.['id']).not.to.equal(other)
    await engine.remove()
    expect((await instances()).map(({ id, status }) => [id, status])).to.deep.equal([[other, 'ready']])
  })

  it('refuses an instance of its name that is not its own', async () => {
    const engine = begin()
    const { name } = engine.book.order
    await bench.fake.addForeign({ name: `${name}-and-more` })
    const handle = await chosenBy(driver(), engine.book.order)
    expect((await driver().create(engine.book.order, handle, callAt())).state).to.equal('pending')
    await bench.fake.reset()
    await bench.fake.addForeign({ name, tags: ['portolan'] })
    await failureOf(driver().create(engine.book.order, handle, callAt()), 'conflict')
  })

  it('lists every page of what carries the mark of its broker', async () => {
    for (let i = 0; i < 205; i++) {
      const mark = { broker: i < 203 ? BROKER : 'another', resource: `r${i}`, generation: 1 }
      await bench.fake.addForeign({
        name: freshName('p'),
        tags: tagsOf(mark),
        region: i < 202 ? 'fr-par' : 'pl-waw'
      })
    }
    await bench.fake.addForeign({ name: 'half', tags: ['portolan', `portolan-broker=${BROKER}`] })
    const found: string[] = []
    for await (const { mark } of driver().list?.(BROKER, callAt()) ?? []) found.push(mark.resource)
    expect(found).to.have.length(203)
    expect(new Set(found).size).to.equal(203)
  }).timeout(60_000)

  it('lists what is of its own engine', async () => {
    const mark = { broker: BROKER, resource: 'r1', generation: 1 }
    await bench.fake.addForeign({ name: freshName('p'), tags: tagsOf(mark), engine: 'MySQL-8' })
    await bench.fake.addForeign({ name: freshName('p'), tags: tagsOf({ ...mark, resource: 'r2' }) })
    for (const [name, resource] of [
      ['mysql', 'r1'],
      ['postgresql', 'r2']
    ] as const) {
      const found: string[] = []
      for await (const each of bench.opened.drivers[name]?.list?.(BROKER, callAt()) ?? [])
        found.push(each.mark.resource)
      expect(found, name).to.deep.equal([resource])
    }
  })

  it('takes nothing for gone by the word of an address that is not the API', async () => {
    const engine = begin()
    await engine.create()
    const { handle } = engine.book
    if (handle === undefined) throw new Error('nothing was made')
    const said = ['404 page not found', '<html></html>', '{"message":"no Route matched with those values"}']
    await whereNothingIs(said, async (apiUrl, body) => {
      bench.open({ ...bench.fake.settings, apiUrl })
      const login = { name: 'b', password: '' }
      for (const asked of [
        driver().observe(handle, callAt()),
        driver().destroy(handle, callAt()),
        driver().unbind?.(handle, login, undefined, callAt())
      ]) {
        expect((await failureOf(asked)).kind, body).to.equal('unexpected')
      }
    })
    expect(await instances()).to.have.length(1)
  })
})
