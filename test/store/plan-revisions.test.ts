import { expect } from 'chai'
import { revisionOf } from '../../src/domain/revision.ts'
import { openSeal } from '../../src/store/seal.ts'
import { openStore } from '../../src/store/store.ts'
import { KEY, openStoreAt } from '../support/core.ts'
import { databases } from '../support/databases.ts'
import { planNamed } from '../support/offers.ts'

for (const database of databases) {
  describe(`Plan revisions on ${database.name}`, function () {
    this.timeout(30_000)

    it('are kept also when the transaction that first read them was undone', async () => {
      const place = await database.fresh()
      const { database: opened, planRevisions } = openStore(await openStoreAt(place.address), openSeal([KEY]))
      const plan = planNamed('quick')
      const { digest, body } = revisionOf(plan)
      const undone = opened.write(async (session) => {
        await planRevisions.keep(session, digest, body, plan.id)
        expect(await planRevisions.byDigest(session, digest)).to.deep.equal(plan)
        throw new Error('undone')
      })
      expect(await undone.catch((error: Error) => error.message)).to.equal('undone')
      await opened.write((session) => planRevisions.keep(session, digest, body, plan.id))
      const rows = await opened.read((session) => session.read('select digest, number from plan_revisions'))
      expect(rows).to.deep.equal([{ digest, number: 1 }])
      await opened.close()
      await place.drop()
    })
  })
}
