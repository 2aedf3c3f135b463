import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import type { Handle } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { reseal } from '../../src/store/reseal.ts'
import { CannotOpen, type Key } from '../../src/store/seal.ts'
import { openCloud } from '../support/cloud.ts'
import { type Core, callerOf, openCore } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { bind, fetchBinding, poll, provision, unbind, update } from '../support/requests.ts'

const OLD: Key = { id: 'old', key: randomBytes(32) }
const NEW: Key = { id: 'new', key: randomBytes(32) }

for (const database of databases) {
  describe(`sealing anew, ${database.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let core: Core
    const cloud = openCloud()

    beforeEach(async () => {
      place = await database.fresh()
      cloud.looksUntilReady = 0
      cloud.things.clear()
      core = await open([OLD])
    })
    afterEach(async () => {
      await core.close()
      await place.drop()
    })

    const open = (keys: readonly Key[]) => openCore(place.address, { keys, cloud })
    const restart = async (keys: readonly Key[]) => {
      await core.close()
      core = await open(keys)
    }
    const parameters = { parameters: { size: 3, secret: 'do not tell' } }

    it('leaves nothing that only the old key opens, and everything works without it', async () => {
      await provision(core, 'i1', 'quick', { body: parameters })
      await provision(core, 'i2', 'quick')
      const credentials = (await bind(core, 'i1', 'b1', 'quick')).body
      cloud.looksUntilReady = 1_000_000
      const slow = await provision(core, 'i3', 'slow', { body: parameters })
      await restart([NEW, OLD])

      const resealed = await reseal(core.store)
      expect(resealed.complete).to.equal(true)
      expect(resealed.changed).to.equal(7)
      expect(await sealedWith(core, 'old')).to.deep.equal([])
      expect(await reseal(core.store)).to.deep.equal({ changed: 0, complete: true })

      await restart([NEW])
      expect((await provision(core, 'i1', 'quick', { body: parameters })).status).to.equal(200)
      expect((await provision(core, 'i1', 'quick')).status).to.equal(409)
      expect((await fetchBinding(core, 'i1', 'b1')).body).to.deep.include({
        credentials: (credentials as { credentials: object }).credentials
      })
      expect((await bind(core, 'i1', 'b1', 'quick')).status).to.equal(200)
      expect((await provision(core, 'i3', 'slow', { body: parameters })).body).to.deep.include({
        operation: (slow.body as { operation: string }).operation
      })
      cloud.looksUntilReady = 0
      await core.settle()
      expect((await poll(core, 'i3')).body).to.deep.include({ state: 'succeeded' })
      expect((await unbind(core, 'i1', 'b1', 'quick')).status).to.equal(200)
      expect(cloud.violations).to.deep.equal([])
    })

    it('recognises an update that is under way as the same request afterwards', async () => {
      await provision(core, 'i1', 'slow')
      await core.settle()
      cloud.script = (method) => {
        if (method === 'update') throw new ProviderFailure('unavailable', 'not now')
      }
      const wish = { plan_id: 'plan-slow-large', parameters: { size: 9 } }
      const first = await update(core, 'i1', wish)
      expect(first.status).to.equal(202)
      await restart([NEW, OLD])
      await reseal(core.store)
      await restart([NEW])
      const again = await update(core, 'i1', wish)
      expect([again.status, again.body]).to.deep.equal([202, first.body])
      const other = await update(core, 'i1', { parameters: { size: 8 } })
      expect(other.error).to.equal('ConcurrencyError')
      cloud.script = () => {}
      await core.settle()
      expect((await poll(core, 'i1')).body).to.deep.include({ state: 'succeeded' })
    })

    it('goes on while operations run: none fails, none is lost', async () => {
      for (let n = 0; n < 60; n++) await provision(core, `before-${n}`, 'quick', { body: parameters })
      await restart([NEW, OLD])
      const [resealed] = await Promise.all([
        reseal(core.store),
        ...Array.from({ length: 30 }, async (_, n) => {
          expect((await bind(core, `before-${n}`, `b-${n}`, 'quick')).status).to.equal(201)
          expect((await provision(core, `meanwhile-${n}`, 'quick', { body: parameters })).status).to.equal(
            201
          )
          await update(core, `before-${n + 30}`, { parameters: { size: n } })
        })
      ])
      expect(resealed.complete).to.equal(true)
      await core.settle()
      expect(await sealedWith(core, 'old')).to.deep.equal([])
      await restart([NEW])
      for (let n = 0; n < 30; n++) {
        expect((await fetchBinding(core, `before-${n}`, `b-${n}`)).body).to.have.property('credentials')
        expect((await provision(core, `meanwhile-${n}`, 'quick', { body: parameters })).status).to.equal(200)
      }
      const failed = (await core.operations()).filter(({ state }) => state !== 'succeeded')
      expect(failed).to.deep.equal([])
      expect(cloud.violations).to.deep.equal([])
    })

    it('keeps what is written between finding a row and sealing it anew', async () => {
      await provision(core, 'i1', 'quick')
      await restart([NEW, OLD])
      const { store } = core
      const [resource] = await store.database.read((session) => store.resources.list(session))
      const handle: Handle = { v: 1, name: resource?.name ?? '', resource: resource?.id ?? '', later: true }
      await Promise.all([
        reseal(store),
        store.database.write((session) => store.resources.change(session, resource?.id ?? '', { handle }))
      ])
      const [after] = await store.database.read((session) => store.resources.list(session))
      expect(after?.handle).to.deep.equal(handle)
    })

    it('stops when it may not go on, and says that something is left', async () => {
      await provision(core, 'i1', 'quick')
      await restart([NEW, OLD])
      let turns = 0
      const part = await reseal(core.store, { mayGoOn: () => turns++ < 1 })
      expect(part).to.deep.equal({ changed: 1, complete: false })
      expect(await sealedWith(core, 'old')).to.not.deep.equal([])
      await restart([NEW, OLD])
      expect((await reseal(core.store)).complete).to.equal(true)
    })

    it('is refused by the old key alone afterwards, and by the new one before', async () => {
      await provision(core, 'i1', 'quick')
      await core.close()
      const refused = await openCore(place.address, { keys: [NEW], cloud, idle: true }).catch(
        (error: unknown) => error
      )
      expect(refused).to.be.instanceOf(CannotOpen)
      core = await open([NEW, OLD])
      await reseal(core.store)
      await core.close()
      const again = await openCore(place.address, { keys: [OLD], cloud, idle: true }).catch(
        (error: unknown) => error
      )
      expect(again).to.be.instanceOf(CannotOpen)
      core = await open([NEW])
      expect((await provision(core, 'i1', 'quick', { caller: callerOf() })).status).to.equal(200)
    })
  })
}

/** Sealed values and hashes anywhere in the store that a key made. */
async function sealedWith({ store }: Core, key: string): Promise<string[]> {
  return store.database.read(async (session) => {
    const found: string[] = []
    for (const table of ['instances', 'resources', 'bindings', 'operations', 'settings']) {
      for (const row of await session.read(`select * from ${table}`)) {
        for (const [column, value] of Object.entries(row))
          if (String(value).startsWith(`${key}.`)) found.push(`${table}.${column}`)
      }
    }
    return found
  })
}
