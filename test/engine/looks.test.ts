import { expect } from 'chai'
import type { Driver, Listed } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { RecoveryReason } from '../../src/domain/checkpoint.ts'
import { NO_HEAD } from '../../src/domain/checkpoint.ts'
import { newId } from '../../src/domain/new-id.ts'
import { looksDue } from '../../src/engine/looks-due.ts'
import { driftCounts } from '../../src/start/drift-counts.ts'
import { driftMemory } from '../../src/store/drift-memory.ts'
import { type Clock, clockAt, DAY, HOUR, MINUTE } from '../support/clock.ts'
import { type Cloud, listedIn, openCloud, plant } from '../support/cloud.ts'
import { type Core, type CoreOptions, moment, openCore, openStoreAt, until } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { Died, lifeUntil } from '../support/life.ts'
import { OPS, operatorOf } from '../support/operator.ts'
import { deprovision, provision } from '../support/requests.ts'

const NORTH = { provider: 'north', family: 'box' }
const SOUTH = { provider: 'south', family: 'box' }
const daily = (services = [NORTH], everyMs = DAY) => [looksDue({ everyMs, services: () => services })]

for (const database of databases) {
  describe(`A look that nobody ordered, ${database.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let cloud: Cloud
    let clock: Clock
    let core: Core
    let reason: RecoveryReason | undefined
    let spoil: (driver: Driver) => Partial<Driver>

    const open = (options: CoreOptions = {}) =>
      openCore(place.address, {
        clock,
        cloud,
        sweeps: daily(),
        recovery: { reason: () => reason },
        driver: (driver) => ({
          ...driver,
          list: (...asked) => (spoil(driver).list ?? (driver.list as NonNullable<Driver['list']>))(...asked),
          observe: (...asked) => (spoil(driver).observe ?? driver.observe)(...asked)
        }),
        ...options
      })

    beforeEach(async () => {
      place = await database.fresh()
      cloud = openCloud()
      clock = clockAt()
      reason = undefined
      spoil = () => ({})
      core = await open()
    })
    afterEach(async () => {
      await core.close()
      await place.drop()
      expect(cloud.violations).to.deep.equal([])
    })

    const ours = (generation = 1) => ({ broker: core.brokerId, resource: newId(), generation })
    /** Half a minute of the engine, and whatever it began. */
    const pass = async (ms = 0) => {
      clock.advance(ms)
      await core.sweep()
      await core.settle()
    }
    const memory = async () => {
      const { counts, looks } = await core.store.database.read((session) => driftMemory(core.store, session))
      return {
        found: Object.fromEntries(counts.map(({ kind, count }) => [kind, count])),
        lookedAt: looks.map(({ lookedAt }) => lookedAt)
      }
    }
    const looks = async () => (await core.operations()).filter(({ kind }) => kind === 'look')
    const warnings = () =>
      core.logged
        .filter(({ level }) => level === 'warn')
        .map(({ facts, message }) => [message, facts] as const)
    const nameOf = async (osbId: string) =>
      (await operatorOf(core).showInstance(osbId)).resources[0]?.name ?? ''

    it('remembers an orphan, tells it once in the log, and changes nothing else anywhere', async () => {
      plant(cloud, 'pstranger', ours())
      plant(cloud, 'pforeign', { broker: 'another', resource: newId(), generation: 1 })
      const { operations: _none, ...before } = (await core.tables()) as Record<string, unknown>
      await pass()
      expect((await memory()).found).to.deep.equal({ orphan: 1 })
      expect(warnings().map(([, facts]) => (facts as { name: string }).name)).to.deep.equal(['pstranger'])
      expect(warnings()[0]?.[0]).to.include('an orphan was found')
      await pass(DAY)
      expect(warnings()).to.have.length(1)
      const { operations: _looks, ...after } = (await core.tables()) as Record<string, unknown>
      expect(after).to.deep.equal(before)
      expect(cloud.calls).to.deep.equal([])
      expect([...cloud.things.keys()]).to.deep.equal(['pstranger', 'pforeign'])
    })

    it('begins the seven days of an orphan', async () => {
      plant(cloud, 'pstranger', ours())
      await pass()
      clock.advance(7 * DAY)
      const operator = operatorOf(core, [], {
        list: async () => [{ ...NORTH, listed: await listedIn(cloud, core.brokerId) }]
      })
      const order = { provider: 'north', name: 'pstranger', confirm: 'pstranger' }
      expect(await operator.deleteOrphan(OPS, order)).to.include({ state: 'succeeded' })
      expect((await memory()).found).to.deep.equal({})
    })

    it('is ordered once a day, and only the last one stays in the list of operations', async () => {
      await pass()
      await pass(MINUTE)
      await pass(HOUR)
      const [first, ...others] = await looks()
      expect(others).to.deep.equal([])
      expect(first).to.include({ provider: 'north', state: 'succeeded', platform: '' })
      await pass(DAY)
      const [second, ...more] = await looks()
      expect(more).to.deep.equal([])
      expect(second?.id).not.to.equal(first?.id)
      expect((await memory()).lookedAt[0]).to.be.greaterThan(first?.createdAt ?? 0)
    })

    it('is never ordered where the settings say 0', async () => {
      await core.close()
      core = await open({ sweeps: daily([NORTH], 0) })
      await pass(2 * DAY)
      expect(await looks()).to.deep.equal([])
    })

    it('finds what is gone, of another generation and broken, and forgets it when it is mended', async () => {
      for (const id of ['gone', 'other', 'hurt', 'sound']) await provision(core, id, 'quick')
      const [gone, other, hurt] = [await nameOf('gone'), await nameOf('other'), await nameOf('hurt')]
      const things = new Map(cloud.things)
      const thing = things.get(other)
      cloud.things.delete(gone)
      if (thing) cloud.things.set(other, { ...thing, mark: { ...thing.mark, generation: 7 } })
      spoil = (driver) => ({
        observe: async (handle, call) =>
          handle['name'] === hurt
            ? { state: 'broken', handle, note: 'it is read-only' }
            : driver.observe(handle, call)
      })
      await pass()
      expect((await memory()).found).to.deep.equal({ missing: 1, differing: 1, broken: 1 })
      const names = () => warnings().map(([, facts]) => (facts as { name: string }).name)
      expect(new Set(names())).to.deep.equal(new Set([gone, other, hurt]))
      await pass(DAY)
      expect(names(), 'told once').to.have.length(3)
      spoil = () => ({})
      for (const [name, each] of things) cloud.things.set(name, each)
      await pass(DAY)
      expect((await memory()).found).to.deep.equal({})
    })

    it('takes nothing for an orphan that was removed while it looked', async () => {
      for (const id of ['stays', 'goes']) await provision(core, id, 'quick')
      let isFirst = true
      spoil = (driver) => ({
        async observe(handle, call) {
          if (isFirst) {
            isFirst = false
            expect((await deprovision(core, 'goes', 'quick')).status).to.equal(200)
          }
          return driver.observe(handle, call)
        }
      })
      await pass()
      expect(isFirst).to.equal(false)
      expect(warnings()).to.deep.equal([])
      expect((await memory()).found).to.deep.equal({})
    })

    it('takes for gone what is shown as gone, and not what it may not look at, or gets no word of', async () => {
      for (const id of ['closed', 'silent']) await provision(core, id, 'quick')
      const closed = await nameOf('closed')
      spoil = () => ({
        list: async function* () {},
        async observe({ name }) {
          const kind = name === closed ? 'denied' : 'unavailable'
          throw new ProviderFailure(kind, 'the broker may not look at it')
        }
      })
      await pass()
      expect((await memory()).found).to.deep.equal({})
      expect(warnings()).to.deep.equal([])
    })

    it('leaves a list that has no end', async () => {
      const mark = ours()
      let told = 0
      spoil = () => ({
        async *list() {
          for (; told < 300_000; told += 1)
            yield { mark, name: 'pstranger', region: 'harbour', handle: { v: 1 } }
        }
      })
      await core.sweep()
      core.engine.wake()
      await until(async () =>
        (await looks()).some(({ failures, state }) => failures > 0 || state !== 'in progress')
      )
      expect(told).to.be.lessThan(200_000)
      expect((await memory()).lookedAt).to.deep.equal([])
    })

    it('counts no more what was forgotten or deleted since', async () => {
      await provision(core, 'gone', 'quick')
      cloud.things.delete(await nameOf('gone'))
      await pass()
      expect((await memory()).found).to.deep.equal({ missing: 1 })
      await deprovision(core, 'gone', 'quick')
      await core.settle()
      expect((await memory()).found).to.deep.equal({})
      await pass(DAY)
      expect(await core.store.database.read((session) => core.store.drifts.all(session))).to.deep.equal([])
    })

    it('of a provider that is down leaves what was known, and comes when it is back', async () => {
      plant(cloud, 'pstranger', ours())
      await provision(core, 'gone', 'quick')
      const name = await nameOf('gone')
      const thing = cloud.things.get(name)
      cloud.things.delete(name)
      await pass()
      const known = { orphan: 1, missing: 1 }
      const before = await memory()
      expect(before.found).to.deep.equal(known)
      spoil = () => ({
        list: () => listOf(silence),
        observe: silence
      })
      cloud.things.delete('pstranger')
      if (thing) cloud.things.set(name, thing)
      clock.advance(DAY)
      await core.sweep()
      core.engine.wake()
      await until(async () => (await core.operations('in progress')).some(({ failures }) => failures > 0))
      expect(await memory()).to.deep.equal(before)
      spoil = () => ({})
      await core.settle()
      expect((await memory()).found).to.deep.equal({})
    })

    it('keeps what was known of a resource that nobody can ask for', async () => {
      await provision(core, 'gone', 'quick')
      cloud.things.delete(await nameOf('gone'))
      await pass()
      spoil = () => ({
        list: undefined as never,
        observe: async () => {
          throw new ProviderFailure('unavailable', 'The server of this one does not answer.')
        }
      })
      await core.close()
      core = await openCore(place.address, {
        clock,
        cloud,
        sweeps: daily(),
        driver: ({ list: _list, ...driver }) => ({
          ...driver,
          observe: (...asked) => (spoil(driver).observe ?? driver.observe)(...asked)
        })
      })
      await pass(DAY)
      expect((await looks())[0]).to.include({ state: 'succeeded' })
      expect((await memory()).found).to.deep.equal({ missing: 1 })
    })

    it('is given up after six hours, and ordered again when the next one is due', async () => {
      spoil = () => ({
        list: () => listOf(silence)
      })
      await core.sweep()
      core.engine.wake()
      await until(async () => (await looks()).some(({ failures }) => failures > 0))
      clock.advance(6 * HOUR)
      await core.settle()
      expect((await looks())[0]).to.include({ state: 'failed', failure: 'deadline' })
      expect((await memory()).lookedAt).to.deep.equal([])
      spoil = () => ({})
      await pass(HOUR)
      expect((await looks())[0]).to.include({ state: 'failed' })
      await pass(DAY)
      expect((await looks())[0]).to.include({ state: 'succeeded' })
    })

    it('does not happen while the broker recovers', async () => {
      plant(cloud, 'pstranger', ours())
      reason = {
        since: 1,
        witness: 'audit.checkpoint',
        seen: { number: 9, mac: 'm', at: 1 },
        found: NO_HEAD
      }
      clock.advance(DAY)
      expect(await core.sweep()).to.equal(0)
      expect(await looks()).to.deep.equal([])
      reason = undefined
      await pass()
      expect((await memory()).found).to.deep.equal({ orphan: 1 })
    })

    it('ends at once when the broker stops, and the next process begins it anew', async () => {
      plant(cloud, 'pstranger', ours())
      let ended: unknown
      const asked = gate()
      spoil = () => ({
        list: (_broker, call) => {
          asked.open()
          return listOf(
            () =>
              new Promise((_resolve, reject) => {
                call.signal.addEventListener('abort', () => {
                  ended = call.signal.reason
                  reject(new ProviderFailure('unavailable', 'the call was ended'))
                })
              })
          )
        }
      })
      await core.sweep()
      core.engine.wake()
      await asked.opened
      // Its steps would have a minute.
      await core.engine.stop(60_000)
      expect(ended).not.to.equal(undefined)
      const [left] = await looks()
      expect(left).to.include({ state: 'in progress', failures: 0 })
      await core.close()
      spoil = () => ({})
      core = await open()
      await core.settle()
      expect((await memory()).found).to.deep.equal({ orphan: 1 })
      expect((await looks()).map(({ id, state }) => [id, state])).to.deep.equal([[left?.id, 'succeeded']])
    })

    it('of a provider that hangs keeps nothing of another waiting', async () => {
      await core.close()
      let isFirst = true
      const asked = gate()
      spoil = (driver) => ({
        async *list(broker, call) {
          const hangs = isFirst
          isFirst = false
          asked.open()
          if (hangs)
            await new Promise((_resolve, reject) => {
              call.signal.addEventListener('abort', () => reject(call.signal.reason as Error))
            })
          yield* driver.list?.(broker, call) ?? []
        }
      })
      core = await open({ concurrency: 1, sweeps: daily() })
      await core.sweep()
      core.engine.wake()
      await asked.opened
      expect(core.engine.runningByProvider()).to.deep.equal(new Map([['north', 1]]))
      core.engine.wake()
      await core.store.database.write((session) =>
        looksDue({ everyMs: DAY, services: () => [SOUTH] })(core.needs.engine, session)
      )
      await until(async () => {
        core.engine.wake()
        return (await looks()).some(({ provider, state }) => provider === 'south' && state === 'succeeded')
      })
      expect(core.engine.runningByProvider()).to.deep.equal(new Map([['north', 1]]))
      await core.engine.stop(60_000)
    })

    it('that dies at any moment leaves nothing behind, and the next one finds all', async () => {
      const shared = await openStoreAt(place.address, clock.now)
      try {
        let point = 1
        for (let dead = true; dead; point++) {
          await shared.write((session) => session.write('delete from looks').then(() => undefined))
          plant(cloud, `p${point}`, ours())
          const life = lifeUntil(point)
          const first = await open({ life, database: shared })
          const around = `at ${point}: ${life.points.join(', ')}`
          await first.sweep().catch(passOver)
          for (let n = 0; n < 50 && !life.dead && (await first.operations('in progress')).length > 0; n++) {
            first.engine.wake()
            await moment(2)
          }
          dead = life.dead
          await first.close().catch(passOver)
          clock.advance(HOUR)
          await core.sweep()
          await core.settle()
          expect((await memory()).found, around).to.deep.equal({ orphan: point })
          const left = await core.operations('in progress')
          expect(left, around).to.deep.equal([])
        }
        expect(point).to.be.greaterThan(6)
      } finally {
        await shared.close()
      }
    })

    it('is done by one of several processes that find it due at the same moment', async () => {
      const others = await Promise.all([open(), open()])
      try {
        const ordered = await Promise.all([core, ...others].map((each) => each.sweep()))
        expect(ordered.reduce((sum, each) => sum + each, 0)).to.equal(1)
        await core.settle()
        expect(await looks()).to.have.length(1)
      } finally {
        for (const each of others) await each.close()
      }
    })

    it('is told by the metrics, also that there is nothing to tell', async () => {
      plant(cloud, 'pone', ours())
      await pass()
      const { found, looks: times } = await driftCounts(core.store, ['north', 'south'])
      expect(found.filter(({ count }) => count > 0)).to.deep.equal([
        { provider: 'north', kind: 'orphan', count: 1 }
      ])
      expect(found.filter(({ provider }) => provider === 'south').map(({ kind }) => kind)).to.deep.equal([
        'orphan',
        'missing',
        'differing',
        'broken'
      ])
      expect(times.map(({ provider, family }) => [provider, family])).to.deep.equal([['north', 'box']])
    })

    it('is told by doctor', async () => {
      plant(cloud, 'pone', ours())
      plant(cloud, 'ptwo', ours())
      const told = async () =>
        (await operatorOf(core).diagnose()).findings
          .filter(({ subject }) => subject === 'drift')
          .map(({ about, level, text, remedy }) => [about, level, text, remedy])
      expect(await told()).to.deep.equal([])
      await pass()
      const [[about, level, text, remedy] = []] = await told()
      expect([about, level, remedy]).to.deep.equal(['provider north', 'warning', 'portolan drift'])
      expect(text).to.match(/^2 orphans; looked at 2026-03-01 12:0\d UTC$/)
      cloud.things.clear()
      await pass(DAY)
      expect((await told())[0]?.[1]).to.equal('ok')
    })
  })
}

async function silence(): Promise<never> {
  throw new ProviderFailure('unavailable', 'The provider north does not answer.')
}

function listOf(next: () => Promise<IteratorResult<Listed>>): AsyncIterable<Listed> {
  return { [Symbol.asyncIterator]: () => ({ next }) }
}

function gate(): { open(): void; readonly opened: Promise<void> } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open(), opened }
}

function passOver(thrown: unknown): void {
  if (!(thrown instanceof Died)) throw thrown
}
