import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { Operation } from '../../src/domain/operation.ts'
import { openDatabase } from '../../src/store/open.ts'
import { LostLease } from '../../src/store/operation-leases.ts'
import type { NewOperation } from '../../src/store/operations.ts'
import { openSeal } from '../../src/store/seal.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { type Clock, clockAt, DAY, HOUR } from '../support/clock.ts'
import { KEY, LEASE_MS, openStoreAt } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'

for (const database of databases) {
  describe(`Operations on ${database.name}`, function () {
    this.timeout(30_000)
    let place: Place
    let clock: Clock
    let store: Store
    let opened: Store[]

    beforeEach(async () => {
      place = await database.fresh()
      clock = clockAt()
      store = openStore(await openStoreAt(place.address, clock.now), openSeal([KEY]))
      opened = [store]
    })

    afterEach(async () => {
      for (const each of opened) await each.database.close()
      await place.drop()
    })

    async function another(): Promise<Store> {
      const made = openStore(await openDatabase(place.address, clock.now), openSeal([KEY]))
      opened.push(made)
      return made
    }

    async function given(more: Partial<NewOperation> = {}): Promise<string> {
      const id = randomUUID()
      await store.database.write(async (session) =>
        store.operations.insert(session, {
          id,
          kind: 'create',
          stage: 'make',
          platform: 'cf',
          answered: true,
          now: 0,
          ...more
        })
      )
      return id
    }

    const claim = (by: Store, limit = 100) =>
      by.database.write((session) => by.operations.claim(session, LEASE_MS, new Map([['', limit]])))
    const byId = (id: string) => store.database.read((session) => store.operations.byId(session, id))
    const record = (
      by: Store,
      operation: Operation,
      recorded: Parameters<Store['operations']['record']>[2]
    ) =>
      by.database
        .write((session) => by.operations.record(session, operation, recorded, LEASE_MS))
        .then(
          () => 'written',
          (error: unknown) => {
            if (error instanceof LostLease) return 'lost'
            throw error
          }
        )

    async function claimOne(by = store): Promise<Operation> {
      const [operation] = await claim(by)
      if (!operation) throw new Error('nothing was due')
      return operation
    }

    it('are claimed by one of many that ask at the same time, each once', async () => {
      const made = new Set<string>()
      for (let n = 0; n < 60; n++) made.add(await given())
      const loops = [store, await another(), await another()]
      const claimed: string[] = []
      await Promise.all(
        loops.flatMap((by) =>
          [1, 2].map(async () => {
            for (;;) {
              const found = await claim(by, 7)
              if (found.length === 0) return
              claimed.push(...found.map(({ id }) => id))
            }
          })
        )
      )
      expect(claimed).to.have.length(60)
      expect(new Set(claimed)).to.deep.equal(made)
    })

    it('are claimed oldest first', async () => {
      const first = await given()
      clock.advance(10)
      await given()
      expect((await claim(store, 1)).map(({ id }) => id)).to.deep.equal([first])
    })

    it('stay with their holder until the lease runs out, and then go to another', async () => {
      await given()
      const mine = await claimOne()
      clock.advance(LEASE_MS - 1)
      expect(await claim(store)).to.deep.equal([])
      clock.advance(2)
      const taken = await claimOne(await another())
      expect(taken).to.include({
        id: mine.id,
        leaseNumber: mine.leaseNumber + 1,
        takenOver: true,
        attempts: 2
      })
    })

    it('keep their holder while it renews the lease, and refuse a renewal by the old one', async () => {
      await given()
      const mine = await claimOne()
      const renew = (operation: Operation) =>
        store.database.write((session) => store.operations.renew(session, operation, LEASE_MS))
      clock.advance(LEASE_MS - 1)
      expect(await renew(mine)).to.include({ cancelled: false })
      clock.advance(LEASE_MS - 1)
      expect(await claim(store)).to.deep.equal([])
      clock.advance(2)
      const taken = await claimOne()
      expect(await renew(mine)).to.equal(undefined)
      expect(await renew(taken)).to.include({ cancelled: false })
    })

    it('are not changed by whatever the old holder records late', async () => {
      await given()
      const mine = await claimOne()
      clock.advance(LEASE_MS + 1)
      await claimOne()
      const before = await byId(mine.id)
      expect(await record(store, mine, { next: 'end', state: 'failed', description: 'late' })).to.equal(
        'lost'
      )
      expect(await record(store, mine, { next: 'at once', stage: 'late' })).to.equal('lost')
      expect(await record(store, mine, { next: 'later', stage: 'late', afterMs: 0 })).to.equal('lost')
      expect(await record(store, mine, { next: 'retry', afterMs: 0, counts: true })).to.equal('lost')
      expect({ ...(await byId(mine.id)), claimedAt: 0 }).to.deep.equal({ ...before, claimedAt: 0 })
    })

    it('are not changed once they have ended', async () => {
      await given()
      const mine = await claimOne()
      expect(await record(store, mine, { next: 'end', state: 'succeeded' })).to.equal('written')
      expect(await record(store, mine, { next: 'end', state: 'failed' })).to.equal('lost')
      expect((await byId(mine.id))?.state).to.equal('succeeded')
    })

    it('count attempts before each step and failures in a row', async () => {
      await given()
      const first = await claimOne()
      expect(first).to.include({ attempts: 1, failures: 0 })
      await record(store, first, { next: 'retry', afterMs: 0, counts: true, description: 'not now' })
      const second = await claimOne()
      expect(second).to.include({ attempts: 2, failures: 1, description: 'not now' })
      await record(store, second, { next: 'later', stage: 'more', afterMs: 0 })
      expect(await claimOne()).to.include({ attempts: 1, failures: 0, stage: 'more' })
    })

    it('rest for the pause they were given', async () => {
      await given()
      await record(store, await claimOne(), { next: 'later', stage: 'make', afterMs: 5000 })
      clock.advance(4999)
      expect(await claim(store)).to.deep.equal([])
      expect(await store.database.read((session) => store.operations.nextDueIn(session, ['']))).to.equal(1)
      clock.advance(1)
      expect(await claim(store)).to.have.length(1)
    })

    it('wait for the one before them', async () => {
      const first = await given()
      const second = await given({ kind: 'delete', waitsFor: first })
      const mine = await claimOne()
      expect(mine.id).to.equal(first)
      expect(await claim(store)).to.deep.equal([])
      await record(store, mine, { next: 'end', state: 'failed' })
      expect((await claimOne()).id).to.equal(second)
    })

    it('are due at once when they are told to stop, also in a pause', async () => {
      const id = await given()
      await record(store, await claimOne(), { next: 'later', stage: 'make', afterMs: HOUR })
      await store.database.write((session) => store.operations.cancel(session, id, 'superseded'))
      expect((await claimOne()).cancel).to.equal('superseded')
    })

    it('that a deletion has taken over are not given up for another reason', async () => {
      const id = await given({ answered: false })
      await store.database.write((session) => store.operations.cancel(session, id, 'superseded'))
      await store.database.write((session) => store.operations.cancel(session, id, 'abandoned'))
      expect((await byId(id))?.cancel).to.equal('superseded')
    })

    it('that a platform polls are not given up because another request waited too long', async () => {
      const id = await given({ answered: false })
      expect(await store.database.write((session) => store.operations.markAnswered(session, id))).to.equal(
        true
      )
      expect(
        await store.database.write((session) => store.operations.cancel(session, id, 'abandoned'))
      ).to.equal(false)
      expect((await byId(id))?.cancel).to.equal(undefined)
    })

    it('of a newer step format are left to newer programs', async () => {
      const id = await given()
      await store.database.write((session) =>
        session.write('update operations set step_format = 99 where id = ?', [id])
      )
      expect(await claim(store)).to.deep.equal([])
    })

    it('seal what was asked for', async () => {
      const id = await given({ request: { parameters: { secret: 'hush-hush' } } })
      const [row] = await store.database.read((session) =>
        session.read('select * from operations where id = ?', [id])
      )
      expect(JSON.stringify(row)).to.not.contain('hush-hush')
      expect((await byId(id))?.request).to.deep.equal({ parameters: { secret: 'hush-hush' } })
    })

    it('are forgotten when they ended long ago, and kept while they are under way', async () => {
      const ended = await given()
      const open = await given({ leaseMs: 1000 })
      await record(store, await claimOne(), { next: 'end', state: 'succeeded' })
      clock.advance(90 * DAY)
      const forget = () => store.database.write((session) => store.operations.forgetEnded(session, 90 * DAY))
      expect(await forget()).to.equal(0)
      clock.advance(1)
      expect(await forget()).to.equal(1)
      expect(await byId(ended)).to.equal(undefined)
      expect((await byId(open))?.state).to.equal('in progress')
    })

    it('tell the store’s time when they are read', async () => {
      const id = await given()
      clock.advance(1234)
      expect((await byId(id))?.claimedAt).to.equal(clock.now())
    })

    it('that wait past their own deadline are due', async () => {
      const first = await given()
      await given({ kind: 'delete', waitsFor: first, deadlineMs: HOUR })
      await record(store, await claimOne(), { next: 'later', stage: 'make', afterMs: 2 * HOUR })
      const late = () => store.database.write((session) => store.operations.endWaiting(session))
      clock.advance(HOUR - 1)
      expect(await late()).to.equal(0)
      expect(await claim(store)).to.deep.equal([])
      clock.advance(1)
      expect(await late()).to.equal(1)
      expect((await claimOne()).kind).to.equal('delete')
    })
  })
}

describe('Operations on PostgreSQL, by the database’s time', function () {
  this.timeout(30_000)

  it('are held, and run out of time, whatever the clock of a process says', async () => {
    const place = await (databases[1] as (typeof databases)[0]).fresh()
    const store = openStore(await openStoreAt(place.address), openSeal([KEY]))
    const realNow = Date.now
    try {
      await store.database.write(async (session) =>
        store.operations.insert(session, {
          id: 'a',
          kind: 'create',
          stage: 'make',
          platform: 'cf',
          answered: true,
          deadlineMs: HOUR,
          now: 0,
          leaseMs: LEASE_MS
        })
      )
      for (const wrong of [-DAY, DAY]) {
        Date.now = () => realNow() + wrong
        expect(
          await store.database.write((session) =>
            store.operations.claim(session, LEASE_MS, new Map([['', 1]]))
          ),
          `a clock that is ${wrong / HOUR} hours off`
        ).to.deep.equal([])
      }
      const found = await store.database.read((session) => store.operations.byId(session, 'a'))
      expect((found?.deadlineAt ?? 0) - realNow()).to.be.closeTo(HOUR, 60_000)
      expect(found?.claimedAt).to.be.closeTo(realNow(), 60_000)
    } finally {
      Date.now = realNow
      await store.database.close()
      await place.drop()
    }
  })
})
