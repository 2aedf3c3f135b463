import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import { markTags } from '../../../src/contract/mark-tags.ts'
import { bucketAt } from '../../../test/support/buckets.ts'
import { BROKER, callAt, chosenBy, handleOf, pendingHandle } from '../../../test/support/driver-bench.ts'
import { failureOf } from '../../../test/support/failures.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('object storage of OVHcloud, the owner of a bucket', function () {
  this.timeout(20_000)
  const { begin, bench, driver, made, owners, usersBy } = useBuckets()

  it('keeps the oldest of two owners while none is committed, and removes the other', async () => {
    const engine = begin()
    const chosen = await chosenBy(driver(), engine.book.order)
    const asked = pendingHandle(await driver().create(engine.book.order, chosen, callAt()))
    const [first] = await usersBy('owner')
    await bench.fake.addForeignUser(first?.description ?? '')
    await bench.fake.setUserStatus(first?.id ?? 0, 'ok')
    const found = pendingHandle(await driver().create(engine.book.order, chosen, callAt()))
    expect(found['owner']).to.equal(asked['owner'])
    await engine.create()
    expect(await owners()).to.deep.equal([first?.id])
  })

  it('waits for a second owner that is still being made, and removes it', async () => {
    const engine = begin()
    const chosen = await chosenBy(driver(), engine.book.order)
    await driver().create(engine.book.order, chosen, callAt())
    const [first] = await usersBy('owner')
    const second = await bench.fake.addForeignUser(first?.description ?? '')
    await bench.fake.setUserStatus(second, 'creating')
    let sighting = await driver().create(engine.book.order, chosen, callAt())
    for (let step = 0; step < 6; step++) {
      sighting = await driver().create(engine.book.order, pendingHandle(sighting), callAt())
    }
    expect(sighting).to.have.property('note', 'a second owner of the bucket is still being made')
    const found = []
    for await (const each of driver().list?.(BROKER, callAt()) ?? []) found.push(each.name)
    expect(found).to.deep.equal([engine.book.order.name])
    await bench.fake.setUserStatus(second, 'ok')
    engine.book.handle = pendingHandle(sighting)
    await engine.create()
    expect(await owners()).to.deep.equal([first?.id])
    await engine.remove()
  })

  for (const status of ['deleting', 'deleted']) {
    it(`makes another owner when the first is ${status} before the bucket is made`, async () => {
      const engine = begin()
      const chosen = await chosenBy(driver(), engine.book.order)
      engine.book.handle = pendingHandle(await driver().create(engine.book.order, chosen, callAt()))
      const [first] = await usersBy('owner')
      await bench.fake.setUserStatus(first?.id ?? 0, status)
      await driver().create(engine.book.order, handleOf(engine), callAt())
      await bench.fake.setUserStatus(first?.id ?? 0, 'gone')
      await engine.create()
      const others = (await usersBy('owner')).filter(({ id }) => id !== first?.id)
      expect(others).to.have.length(1)
      expect((await bench.fake.state()).buckets[0]?.owner).to.equal(others[0]?.id)
    })
  }

  it('gives the owner new keys when somebody took them', async () => {
    const engine = await made()
    const before = (await engine.access()) as ObjectStorageAccess
    const [owner] = await usersBy('owner')
    await bench.fake.takeKeys(owner?.id ?? 0)
    const now = (await engine.access()) as ObjectStorageAccess
    expect(now.accessKeyId).not.to.equal(before.accessKeyId)
    await bucketAt(now).head()
  })

  it('removes a bucket whose owner somebody removed, when it carries our mark', async () => {
    const engine = await made()
    await bench.fake.setUserStatus((await usersBy('owner'))[0]?.id ?? 0, 'deleted')
    const [mine] = (await bench.fake.state()).buckets
    await bench.fake.retag(mine?.name ?? '', { owner: 'somebody' })
    await failureOf(driver().destroy(handleOf(engine), callAt()), 'conflict')
    await bench.fake.retag(mine?.name ?? '', markTags(engine.book.order.mark))
    await engine.remove()
    expect((await bench.fake.state()).buckets).to.deep.equal([])
  })
})
