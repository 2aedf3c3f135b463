import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { ChainHead, RecoveryReason } from '../../src/domain/checkpoint.ts'
import { AuditJob, type Seen } from '../../src/engine/seal-audit.ts'
import { backupLines } from '../../src/store/backup.ts'
import { MIGRATIONS } from '../../src/store/migrations/all.ts'
import { checkBackup, restore } from '../../src/store/restore.ts'
import type { Database } from '../../src/store/session.ts'
import type { Store } from '../../src/store/store.ts'
import { listedIn, openCloud } from '../support/cloud.ts'
import { type Core, openCore, until } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { OPS, operatorOf } from '../support/operator.ts'
import { deprovision, poll, provision } from '../support/requests.ts'

for (const database of databases) {
  describe(`A store that is older than what was seen of it, ${database.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let core: Core
    let job: AuditJob
    let kept: ChainHead | undefined
    let known: Seen[]
    const cloud = openCloud()

    beforeEach(async () => {
      place = await database.fresh()
      cloud.things.clear()
      kept = undefined
      known = []
      await open()
    })
    afterEach(async () => {
      await job.stop()
      await core.close()
      await place.drop()
    })

    /** One process: its job looks before anything else works, as at a start. */
    async function open(): Promise<void> {
      let here: AuditJob | undefined
      const recovery = { reason: (): RecoveryReason | undefined => here?.reason() }
      core = await openCore(place.address, { cloud, recovery, idle: true })
      const { engine } = core
      job = here = jobOf(core, () => engine.wake())
      await job.look()
      await engine.start()
    }

    function jobOf({ store }: Core, changed: () => void = () => {}, holder = 'one'): AuditJob {
      const told: string[] = []
      return new AuditJob({
        store,
        holder,
        changed,
        log: { info: () => {}, warn: () => {}, error: (_facts, text) => told.push(text) },
        witnesses: {
          seen: async () => known,
          keep: async (head) => {
            kept = head
          }
        }
      })
    }

    async function restart(): Promise<void> {
      await job.stop()
      await core.close()
      await open()
    }

    /** What happened after the backup is seen by a witness, and then the backup is restored. */
    async function restoredAfter(work: () => Promise<void>): Promise<void> {
      const lines = await linesOf(core.store)
      await work()
      await job.stop()
      if (kept) known = [{ witness: 'audit.checkpoint', head: kept }]
      await core.close()
      const fresh = await openCore(place.address, { cloud, idle: true })
      const given = async function* () {
        yield* lines
      }
      await restore(fresh.store, await checkBackup(fresh.store, given), given)
      await fresh.close()
      await open()
    }

    const operator = () =>
      operatorOf(core, [], {
        audit: job,
        list: async (provider) =>
          provider === 'north'
            ? [{ provider, family: 'box', listed: await listedIn(cloud, core.brokerId) }]
            : [{ provider, family: 'box', cannot: 'it has no way to list what stands there', why: 'no list' }]
      })

    it('seals while it works, and tells the end to the witnesses when it stops', async () => {
      await provision(core, 'i1', 'quick')
      await job.stop()
      expect(kept?.number).to.be.at.least(1)
      if (kept) known = [{ witness: 'audit.checkpoint', head: kept }]
      await restart()
      expect(job.reason()).to.equal(undefined)
    })

    it('answers polls, and its engine claims, sweeps and destroys nothing until an operator has confirmed', async () => {
      await provision(core, 'old', 'quick')
      await provision(core, 'dying', 'slow')
      await core.settle()
      cloud.script = (method) => {
        if (method === 'destroy') throw new ProviderFailure('unavailable', 'not now')
      }
      expect((await deprovision(core, 'dying', 'slow')).status).to.equal(202)
      await restoredAfter(async () => {
        expect((await provision(core, 'new', 'quick')).status).to.equal(201)
      })
      cloud.script = () => {}
      expect(job.reason()).to.include({ witness: 'audit.checkpoint' })
      expect(core.logged).to.deep.equal([])
      expect(await core.operations('in progress')).to.have.length(1)
      const calls = cloud.calls.length
      core.clock.advance(600_000)
      core.engine.wake()
      expect(await core.sweep()).to.equal(0)
      expect((await poll(core, 'old')).status).to.equal(200)
      expect(core.engine.running()).to.equal(0)
      expect(cloud.calls.length).to.equal(calls)

      const { recovering, drift } = await operator().showRecovery()
      expect(recovering).to.equal(true)
      expect(drift.orphans).to.have.length(1)
      expect(drift.unlisted.map(({ provider }) => provider)).to.include('south')

      expect(cloud.things.size).to.equal(3)

      // From here on the engine works, also before the answer is back.
      await operator().recover(OPS)
      expect(job.reason()).to.equal(undefined)
      await core.settle()
      expect(cloud.things.size).to.equal(2)
      expect((await provision(core, 'more', 'quick')).status).to.equal(201)
    })

    it('goes on with its chain behind what is lost, says so, and is not asked again', async () => {
      await provision(core, 'old', 'quick')
      await restoredAfter(async () => {
        for (let n = 0; n < 5; n++) await provision(core, `new-${n}`, 'quick')
      })
      const seen = known[0]?.head.number ?? 0
      const before = await operator().verifyAudit({ limit: 1000 })
      expect(before.faults.map(({ fault }) => fault)).to.deep.equal(['cut off'])
      const { link, after } = await operator().recover(OPS)
      expect(link).to.equal(seen + 1)
      const { faults, breaks } = await operator().verifyAudit({ limit: 1000 })
      expect(faults).to.deep.equal([])
      expect(breaks.map(({ after: last }) => last)).to.deep.equal([after])
      await restart()
      expect(job.reason()).to.equal(undefined)
      expect((await operator().listAudit({ limit: 10 })).items.map(({ action }) => action)).to.include(
        'recover'
      )
      const again = await operator()
        .recover(OPS)
        .catch((error: Error) => error.message)
      expect(again).to.match(/nothing to confirm/)
    })

    it('stays confirmed when another look had read the store before that', async () => {
      await provision(core, 'old', 'quick')
      await restoredAfter(async () => {
        await provision(core, 'new', 'quick')
      })
      const late = jobOf(
        slowToDecide(core, () => operator().recover(OPS)),
        () => {},
        'late'
      )
      await late.look()
      await job.look()
      expect([late.reason(), job.reason()]).to.deep.equal([undefined, undefined])
    })

    it('tells what is gone, what stands though it should not, and what has another generation', async () => {
      await provision(core, 'gone', 'quick')
      await provision(core, 'other', 'quick')
      const [gone, other] = [...cloud.things.values()]
      if (!gone || !other) throw new Error('nothing was made')
      cloud.things.delete(gone.name)
      cloud.things.set(other.name, { ...other, mark: { ...other.mark, generation: 7 } })
      const { recovering, drift } = await operator().showRecovery()
      expect(recovering).to.equal(false)
      expect(drift.missing.map(({ osbInstance }) => osbInstance)).to.deep.equal(['gone'])
      expect(drift.differing.map(({ osbInstance, found }) => [osbInstance, found])).to.deep.equal([
        ['other', 7]
      ])
      cloud.things.set(gone.name, gone)
      cloud.things.set(other.name, other)
      await deprovision(core, 'gone', 'quick')
      cloud.things.set(gone.name, gone)
      expect((await operator().showRecovery()).drift.leftovers.map(({ name }) => name)).to.deep.equal([
        gone.name
      ])
    })

    it('a restored backup that lacks nothing starts as ever, one that nobody can tell about recovers', async () => {
      await provision(core, 'old', 'quick')
      await job.look()
      await restoredAfter(async () => {})
      expect(job.reason()).to.equal(undefined)
      kept = undefined
      const lines = await linesOf(core.store)
      const given = async function* () {
        yield* lines
      }
      known = []
      await job.stop()
      await restore(core.store, await checkBackup(core.store, given), given)
      await core.close()
      await open()
      expect(job.reason()).to.include({ witness: 'a restore' })
    })

    it('is noticed by a process that ran on, and by every other one of the same store', async () => {
      await provision(core, 'old', 'quick')
      await job.look()
      const other = jobOf(core, () => {}, 'other')
      await other.look()
      expect(other.reason()).to.equal(undefined)
      await core.store.database.write(async (session) => {
        await session.write('delete from audit_chain')
        await session.write('delete from audit')
      })
      await job.look()
      expect(job.reason()).to.include({ witness: 'this process' })
      const fresh = jobOf(core, () => {}, 'fresh')
      await fresh.look()
      expect(fresh.reason()).to.include({ witness: 'this process' })
      await operator().recover(OPS)
      await fresh.look()
      await other.look()
      expect([job.reason(), fresh.reason(), other.reason()]).to.deep.equal([undefined, undefined, undefined])
    })

    it('seals by itself within seconds', async () => {
      await job.start()
      await provision(core, 'i1', 'quick')
      await until(async () => {
        const head = await core.store.database.read((session) => core.store.auditChain.head(session))
        return head.number > 0
      }, 10_000)
    })
  })
}

/** A store whose first reader goes on only when something else was done. */
function slowToDecide(core: Core, meanwhile: () => Promise<unknown>): Core {
  const { database } = core.store
  let readers = 0
  const slow: Database = {
    dialect: database.dialect,
    read: async (work) => {
      const found = await database.read(work)
      if (readers++ === 0) await meanwhile()
      return found
    },
    snapshot: (work) => database.snapshot(work),
    write: (work) => database.write(work),
    listen: (heard) => database.listen(heard),
    notify: () => database.notify(),
    close: () => database.close()
  }
  return { ...core, store: { ...core.store, database: slow } }
}

async function linesOf(store: Store): Promise<readonly string[]> {
  return store.database.snapshot(async (session) => {
    const broker = (await store.settings.get(session, 'broker')) ?? ''
    const lines: string[] = []
    for await (const line of backupLines(store, session, { schema: MIGRATIONS.length, broker, at: 1 }))
      lines.push(line)
    return lines
  })
}
