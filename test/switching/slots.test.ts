import { expect } from 'chai'
import { type Cloud, openCloud } from '../support/cloud.ts'
import { type Core, openCore, until } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { bind, poll, provision, update } from '../support/requests.ts'

for (const database of databases) {
  describe(`moves that take long, ${database.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let cloud: Cloud
    let core: Core

    beforeEach(async () => {
      place = await database.fresh()
      cloud = openCloud()
      core = await openCore(place.address, { cloud, concurrency: 4 })
    })
    afterEach(async () => {
      await core.close()
      await place.drop()
    })

    it('leave half of the broker to everybody else, and those that wait close nothing meanwhile', async () => {
      const moved = { plan_id: 'plan-abroad', parameters: { switch: { accept: ['loses-certification:c5'] } } }
      const ids = ['i1', 'i2', 'i3', 'i4', 'i5']
      for (const id of ids) await provision(core, id, 'quick')
      let goOn = (): void => {}
      const endless = new Promise<void>((resolve) => {
        goOn = resolve
      })
      let copies = 0
      cloud.script = (method, when) => {
        if (method !== 'copy' || when !== 'before') return
        copies += 1
        return endless
      }
      for (const id of ids) await update(core, id, moved)
      const descriptions = async () =>
        Promise.all(ids.map(async (id) => String((await poll(core, id)).body['description'])))
      const waiting = async () => (await descriptions()).filter((each) => each.includes('other moves')).length
      await until(async () => (await waiting()) === 3, 20_000)
      expect(copies).to.equal(2)
      expect([...cloud.things.values()].filter(({ frozen }) => frozen)).to.have.length(2)
      const waits = (await descriptions()).findIndex((each) => each.includes('other moves'))
      expect((await bind(core, ids[waits] ?? '', 'meanwhile', 'quick')).status).to.be.oneOf([201, 202])
      await provision(core, 'other', 'slow')
      core.clock.advance(60_000)
      core.engine.wake()
      await until(async () => {
        core.clock.advance(1000)
        core.engine.wake()
        return (await poll(core, 'other')).body['state'] === 'succeeded'
      }, 20_000)
      expect((await bind(core, 'other', 'b', 'slow')).status).to.be.oneOf([201, 202])
      goOn()
      await core.settle()
      for (const id of ids) expect((await poll(core, id)).body['state']).to.equal('succeeded')
    })
  })
}
