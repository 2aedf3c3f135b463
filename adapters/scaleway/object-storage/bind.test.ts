import { expect } from 'chai'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import { boundBucket } from '../../../test/support/buckets.ts'
import { callAt, handleOf } from '../../../test/support/driver-bench.ts'
import { ended, failureOf } from '../../../test/support/failures.ts'
import { useBuckets } from '../fake/bucket-bench.ts'

describe('object storage at scaleway, its keys', function () {
  this.timeout(60_000)
  const { asOwner, bench, driver, made } = useBuckets()

  it('can be made many at a time, and no bind touches the policy', async () => {
    const engine = await made()
    const owner = await asOwner(engine)
    const before = await owner.policy()
    const logins = Array.from({ length: 5 }, () => freshLogin())
    const bound = await Promise.all(
      logins.map(async (login, index) => engine.bind(login, index % 2 ? { access: 'read-only' } : {}))
    )
    for (const credentials of bound) await boundBucket(credentials).versions()
    expect(await owner.policy()).to.deep.equal(before)
    await Promise.all(logins.slice(1).map((login) => engine.unbind(login)))
    const ends = await Promise.all(bound.map((each) => ended(boundBucket(each).versions())))
    expect(ends).to.deep.equal(['done', 'denied', 'denied', 'denied', 'denied'])
    expect((await bench.fake.state()).apiKeys.map(({ description }) => description)).to.deep.equal([
      `portolan ${logins[0]?.name}`
    ])
  })

  it('whose answer was lost are removed, also by an unbind that comes instead of a second bind', async () => {
    const engine = await made()
    await bench.fake.setScene({
      hiddenSeconds: 1,
      lost: [{ method: 'POST', path: '/api-keys', when: 'after', times: 1 }]
    })
    const login = freshLogin()
    const lost = driver().bind?.(handleOf(engine), login, {}, undefined, callAt())
    expect(await failureOf(lost)).to.include({ kind: 'unavailable', mayHaveHappened: true })
    expect((await bench.fake.state()).apiKeys).to.have.length(1)
    await engine.unbind(login)
    expect((await bench.fake.state()).apiKeys).to.deep.equal([])
  })

  it('over the quota are told as such', async () => {
    const engine = await made()
    await bench.fake.setScene({ iamQuota: 0 })
    const told = await failureOf(engine.bind(freshLogin()))
    expect(told.kind).to.equal('quota')
    expect(told.message).to.contain('IamApiKeys')
  })

  it('may need a while until they open anything', async () => {
    const engine = await made()
    await bench.fake.setScene({ lateKeys: 1 })
    const credentials = await engine.bind(freshLogin())
    expect(await ended(boundBucket(credentials).versions())).to.equal('denied')
    expect(await ended(boundBucket(credentials).versions())).to.equal('done')
  })
})
