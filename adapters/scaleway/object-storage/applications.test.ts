import { expect } from 'chai'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import { boundBucket } from '../../../test/support/buckets.ts'
import { callAt, handleOf } from '../../../test/support/driver-bench.ts'
import { ended } from '../../../test/support/failures.ts'
import { useBuckets } from '../fake/bucket-bench.ts'
import { tagsOf } from '../tags.ts'

describe('object storage at scaleway, the applications of an instance', function () {
  this.timeout(60_000)
  const { begin, bench, driver, iam, made, nameOf } = useBuckets()

  it('have the least rights, and carry the mark', async () => {
    const engine = await made()
    const { applications, policies } = await bench.fake.state()
    const tags = tagsOf(engine.book.order.mark)
    expect(applications.map((each) => [each.name, each.tags])).to.deep.equal([
      [`${nameOf(engine)}-rw`, tags],
      [`${nameOf(engine)}-ro`, tags]
    ])
    expect(policies.map((each) => [each.application, each.tags, each.permissionSets])).to.deep.equal([
      [
        applications[0]?.id,
        tags,
        ['ObjectStorageObjectsRead', 'ObjectStorageObjectsWrite', 'ObjectStorageObjectsDelete']
      ],
      [applications[1]?.id, tags, ['ObjectStorageObjectsRead']]
    ])
  })

  it('are left alone when they carry another mark', async () => {
    const engine = await made()
    const [first] = (await bench.fake.state()).applications
    await bench.fake.setTags(first?.id ?? '', ['somebody'])
    const before = await bench.fake.state()
    expect(await ended(engine.bind(freshLogin()))).to.equal('conflict')
    expect(await ended(driver().destroy(handleOf(engine), callAt()))).to.equal('conflict')
    expect({ ...(await bench.fake.state()), counters: {} }).to.deep.equal({ ...before, counters: {} })
  })

  it('are not made beside one of the same name that somebody else has', async () => {
    const engine = begin()
    const { organizationId } = bench.fake.settings['objectStorage'] as { organizationId: string }
    await iam('POST', '/applications', { name: `${nameOf(engine)}-rw`, organization_id: organizationId })
    expect(await ended(engine.create())).to.equal('conflict')
    await engine.remove()
    expect((await bench.fake.state()).applications).to.have.length(1)
  })

  it('that somebody removed are told, and an update makes them anew', async () => {
    const engine = await made()
    const lost = await engine.bind(freshLogin())
    const [first] = (await bench.fake.state()).applications
    await bench.fake.removeApplication(first?.id ?? '')
    expect(await ended(engine.bind(freshLogin()))).to.equal('not-found')
    await engine.update(engine.book.order)
    await boundBucket(await engine.bind(freshLogin())).put('key', 'value')
    expect(await ended(boundBucket(lost).get('key'))).to.equal('denied')
    const { applications, policies } = await bench.fake.state()
    expect(policies.map(({ application }) => application)).to.have.members(applications.map(({ id }) => id))
  })

  it('may be unknown to IAM and to buckets for a while after they were made', async () => {
    await bench.fake.setScene({ strangers: 2, strangePrincipals: 2 })
    const engine = await made()
    const { applications, policies } = await bench.fake.state()
    expect([applications.length, policies.length]).to.deep.equal([2, 2])
    await bench.fake.setScene({})
    await engine.remove()
  })
})
