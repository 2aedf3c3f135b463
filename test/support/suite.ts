import { expect } from 'chai'
import { type Core, openCore, type Told } from './core.ts'
import { databases, type Place } from './databases.ts'

/** What the sentences of a suite share: one store, one engine, ids of their own. */
export interface Bench {
  readonly core: Core
  /** An id that no other sentence uses. */
  readonly id: string
}

/** The same sentences on each database, over one core that every sentence finds undisturbed. */
export function onEveryDatabase(title: string, sentences: (bench: Bench) => void): void {
  for (const database of databases) {
    describe(`${title} (${database.name})`, function () {
      this.timeout(30_000)
      let place: Place
      let count = 0
      const bench = {} as { core: Core; id: string }

      before(async () => {
        place = await database.fresh()
        bench.core = await openCore(place.address)
      })

      beforeEach(() => {
        bench.id = `id-${++count}`
        bench.core.cloud.script = () => {}
        bench.core.cloud.looksUntilReady = 0
      })

      afterEach(() => {
        expect(bench.core.cloud.violations).to.deep.equal([])
      })

      after(async () => {
        await bench.core.close()
        await place.drop()
      })

      sentences(bench)
    })
  }
}

/** G-16: a refusal leaves every table as it was. */
export async function expectRefused(
  core: Core,
  status: number,
  ask: () => Promise<Told>,
  error?: string
): Promise<Told> {
  const before = await core.tables()
  const told = await ask()
  expect(told, told.description).to.include({ status, error })
  expect(told.description).to.not.equal('')
  expect(await core.tables(), 'the tables').to.deep.equal(before)
  return told
}

/** A pair of parties to wait for: `blocked` resolves when the step is reached, `release` lets it go on. */
export function hold(core: Core, method: string): { readonly reached: Promise<void>; release(): void } {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const reached = new Promise<void>((resolve) => {
    core.cloud.script = (at, when) => {
      if (at !== method || when !== 'before') return
      resolve()
      return held
    }
  })
  return { reached, release: () => release() }
}

/** In order of size. */
export function statusesOf(answers: readonly Told[]): number[] {
  return answers.map(({ status }) => status).toSorted((one, other) => one - other)
}
