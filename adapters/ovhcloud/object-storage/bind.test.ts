import { expect } from 'chai'
import type { Grant } from '../../../src/contract/adapter.ts'
import type { Json } from '../../../src/contract/json.ts'
import { arrayAt, isObject, textAt } from '../../../src/contract/read.ts'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import { boundBucket } from '../../../test/support/buckets.ts'
import { callAt, handleOf } from '../../../test/support/driver-bench.ts'
import { failureOf } from '../../../test/support/failures.ts'
import { LAG, useBuckets } from '../fake/bucket-bench.ts'

describe('object storage of OVHcloud, its bindings', function () {
  this.timeout(20_000)
  const { bench, driver, made, usersBy } = useBuckets()

  it('gives a user rights over its bucket only, and before it has keys', async () => {
    const engine = await made()
    const login = freshLogin()
    await engine.bind(login, { access: 'read-only' })
    const [user] = await usersBy('binding')
    const policy: Json = JSON.parse(user?.policy ?? '')
    if (!isObject(policy)) throw new Error('no policy')
    const [allow, deny] = arrayAt(policy, 'Statement')
    const arn = `arn:aws:s3:::${engine.book.order.name}`
    expect(allow).to.deep.include({ Effect: 'Allow', Resource: [arn, `${arn}/*`] })
    expect(JSON.stringify(allow)).not.to.match(/Put|Delete|Abort|s3:\*/)
    expect(deny).to.deep.include({ Effect: 'Deny', Action: ['s3:ListAllMyBuckets', 's3:CreateBucket'] })
    const asked = Object.keys((await bench.fake.state()).counters).flatMap((key) => {
      const [what, path] = key.split(
        `/1.0/cloud/project/${textAt(bench.fake.settings, 'project')}/user/${user?.id}/`
      )
      return path === undefined ? [] : [`${what}${path}`]
    })
    expect(asked).to.deep.equal(['POST policy', 'GET s3Credentials', 'POST s3Credentials'])
  })

  it('binds when its keys open the bucket, and not before', async () => {
    const engine = await made()
    await bench.fake.setScene({ looks: 1, lateKeys: true })
    const login = freshLogin()
    const bind = (grant?: Grant) => driver().bind?.(handleOf(engine), login, {}, grant, callAt())
    let bound = await bind()
    for (let step = 0; step < 4; step++) bound = await bind(bound?.grant)
    expect(bound?.state).to.equal('pending')
    const [user] = await usersBy('binding')
    expect(user?.keys).to.have.length(1)
    await bench.fake.admitKeys()
    bound = await bind(bound?.grant)
    expect(bound?.state).to.equal('ready')
    expect(bound?.grant.login?.name).to.equal(user?.keys[0])
    const again = await bind()
    expect(again?.grant).to.deep.equal(bound?.grant)
  })

  it('makes one user and one pair of keys for a bind whose answers are lost', async () => {
    const engine = await made()
    for (const path of ['/user', '/s3Credentials', '/policy']) {
      await bench.fake.setScene({ looks: 1, lost: [{ method: 'POST', path, when: 'after', times: 1 }] })
      const login = freshLogin()
      const credentials = await engine.bind(login)
      const [user, ...others] = await usersBy('binding')
      expect(others, path).to.deep.equal([])
      expect(user?.keys, path).to.deep.equal([credentials['access_key_id']])
      await engine.unbind(login)
    }
  })

  it('takes keys away first, and waits until their user is gone', async () => {
    const engine = await made()
    const login = freshLogin()
    const bucket = boundBucket(await engine.bind(login))
    await failureOf(driver().unbind?.(handleOf(engine), login, { handle: { v: 1 } }, callAt()), 'unavailable')
    const [user] = await usersBy('binding')
    expect([user?.status, user?.keys]).to.deep.equal(['deleting', []])
    await failureOf(bucket.head(), 'denied')
    await engine.unbind(login)
    expect(await usersBy('binding')).to.deep.equal([])
  })

  it('looks again after the list had its time when a bind was broken off without a grant', async () => {
    const engine = await made()
    const unbind = (attempt: number) =>
      driver().unbind?.(handleOf(engine), freshLogin(), undefined, callAt(new Date(), attempt))
    const told = await failureOf(unbind(1), 'unavailable')
    expect(told.retryAfterSeconds).to.equal(LAG)
    await unbind(2)
  })
})
