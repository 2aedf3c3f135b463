import { expect } from 'chai'
import type { Engine } from '../conformance/run.ts'
import { type Bench, type BenchFake, callAt, chosenBy } from './driver-bench.ts'
import { failureOf } from './failures.ts'
import type { Faults } from './fake/faults.ts'

interface Lateness {
  /** Seconds for which what is new is in no list. */
  readonly hiddenSeconds: number
  /** How many looks each transient state lasts. */
  readonly looks: number
}

export interface LateFake extends BenchFake {
  setScene(scene: Partial<Faults & Lateness>): Promise<void>
}

/** In the words of one provider. */
export interface LostOrders {
  /** An order that goes to the provider by one POST. */
  readonly begin: () => Engine
  /** Seconds that the adapter is told its lists may lag. */
  readonly lag: number
  /** How the path of that POST ends, and how the fake counts it. */
  readonly path: string
  readonly counted: string
  readonly standing: () => Promise<readonly { readonly id: string; readonly status: string }[]>
  /** The status of what is being deleted. */
  readonly leaving: string
}

/** Of every adapter that orders where a list may not show it yet. Answers the loss of that POST's answer, for more sentences. */
export function losesNoOrder(
  bench: Bench<LateFake>,
  { begin, lag, path, counted, standing, leaving }: LostOrders
): (when: 'before' | 'after') => Pick<Faults, 'lost'> {
  const lost = (when: 'before' | 'after') => ({ lost: [{ method: 'POST', path, when, times: 1 }] })

  it('waits until a list must show it, and makes no second one', async () => {
    await bench.fake.setScene({ ...lost('after'), hiddenSeconds: lag - 1 })
    await begin().create()
    expect(await standing()).to.have.length(1)
    expect(await bench.asked(counted)).to.equal(1)
    expect(bench.passed()).to.be.at.least(lag)
  })

  it('orders again when it had no effect', async () => {
    await bench.fake.setScene({ ...lost('before'), hiddenSeconds: lag - 1 })
    await begin().create()
    expect(await standing()).to.have.length(1)
    expect(await bench.asked(counted)).to.equal(2)
  })

  it('destroys what a create that was given up had ordered', async () => {
    await bench.fake.setScene({ ...lost('after'), hiddenSeconds: lag - 1 })
    const engine = begin()
    const driver = engine.driver()
    const handle = await chosenBy(driver, engine.book.order)
    engine.book.handle = handle
    await failureOf(driver.create(engine.book.order, handle, callAt()), 'unavailable')
    expect(await standing()).to.have.length(1)
    await engine.remove()
    expect(await standing()).to.deep.equal([])
  })

  it('ends with one even where lists lag longer than declared', async () => {
    await bench.fake.setScene({ ...lost('after'), hiddenSeconds: lag + 20, looks: 6 })
    const engine = begin()
    await engine.create()
    expect(await bench.asked(counted)).to.equal(2)
    const alive = (await standing()).filter(({ status }) => status !== leaving)
    expect(alive.map(({ id }) => id)).to.deep.equal([engine.book.handle?.['id']])
  })

  return lost
}
