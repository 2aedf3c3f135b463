import { expect } from 'chai'
import type { JsonObject } from '../../../src/contract/json.ts'
import { markTags } from '../../../src/contract/mark-tags.ts'
import { freshLogin } from '../../../test/conformance/fresh.ts'
import { boundBucket } from '../../../test/support/buckets.ts'
import { BROKER, callAt, chosenBy, pendingHandle } from '../../../test/support/driver-bench.ts'
import { failureOf } from '../../../test/support/failures.ts'
import { LAG, useBuckets } from '../fake/bucket-bench.ts'
import type { Scene } from '../fake/scene.ts'
import { readSettings } from '../settings.ts'
import { accessTo } from './access.ts'

describe('object storage of OVHcloud, what a create makes', function () {
  this.timeout(20_000)
  const { begin, bench, driver, made, usersBy } = useBuckets()

  it('makes an owner, its bucket with the mark, a user for each binding, and leaves nothing', async () => {
    const engine = await made({ versioning: true })
    const { name, mark } = engine.book.order
    const [bucket, ...others] = (await bench.fake.state()).buckets
    expect(others).to.deep.equal([])
    expect(bucket).to.deep.include({ name, region: 'GRA', tags: { ...markTags(mark) } })
    expect(bucket?.versioning).to.deep.equal({ status: 'enabled' })
    const [owner] = await usersBy('owner')
    expect(owner?.id).to.equal(bucket?.owner)
    expect(owner?.description).to.match(/^portolan p[a-z2-7]{20} broker-1 \S+ 1 owner GRA$/)

    const login = freshLogin()
    const credentials = await engine.bind(login)
    expect(credentials).to.include({
      bucket: name,
      region: 'gra',
      endpoint: bench.fake.settings['storageEndpoint']
    })
    const [user] = await usersBy('binding')
    expect(user?.description).to.contain(`1 binding ${login.name}`)
    expect(user?.keys).to.deep.equal([credentials['access_key_id']])
    await boundBucket(credentials).put('key', 'value')
    await engine.remove()
    const { users, buckets } = await bench.fake.state()
    expect({ users, buckets }).to.deep.equal({ users: [], buckets: [] })
  })

  it('is at OVHcloud unless it is told another address, each region at its own', () => {
    const place = { v: 1, region: 'EU-WEST-PAR', name: 'pbucket', stage: 'made' } as const
    const mark = { broker: BROKER, resource: 'r', generation: 1 }
    const keys = { accessKeyId: 'a', secretAccessKey: 's' }
    const { project = '', clientId = '', clientSecret = '' } = bench.fake.settings
    const at = (more: JsonObject) => {
      const settings = readSettings({ project, clientId, clientSecret, ...more })
      const { endpoint, region, pathStyle } = accessTo(settings, { ...place, ...mark }, keys)
      return [endpoint, region, pathStyle]
    }
    expect(at({})).to.deep.equal(['https://s3.eu-west-par.io.cloud.ovh.net', 'eu-west-par', undefined])
    expect(at({ endpoint: 'ca' })[0]).to.equal('https://s3.eu-west-par.io.cloud.ovh.net')
    expect(at({ endpoint: 'us' })[0]).to.equal('https://s3.eu-west-par.io.cloud.ovh.us')
    const own = { storageEndpoint: 'https://{region}.example.org/' }
    expect(at(own)).to.deep.equal(['https://eu-west-par.example.org', 'eu-west-par', true])
  })

  it('refuses a region that is not there, and a name that is taken, before anything is made', async () => {
    await failureOf(begin({}, 'MARS').create(), 'invalid')
    const engine = begin()
    await bench.fake.addForeignBucket(engine.book.order.name, { owner: 'somebody' })
    await failureOf(engine.create(), 'conflict')
    expect(await usersBy('owner')).to.deep.equal([])
  })

  for (const [what, scene] of Object.entries({
    'every answer of a POST is 500 once': { failedPosts: 3 },
    'the object storage has not heard of its owner at first': { unheardUsers: 5 },
    'new users are listed late': { hiddenSeconds: LAG - 5 },
    'new users take long': { looks: 5 },
    'the object storage is not told the tags': { losesTags: true },
    'OVHcloud has no time': { throttled: 5, resetSeconds: 3 }
  } satisfies Record<string, Partial<Scene>>)) {
    it(`makes one bucket when ${what}`, async () => {
      await bench.fake.setScene({ looks: 1, ...scene })
      const engine = await made()
      const { users, buckets } = await bench.fake.state()
      expect([users.length, buckets.length]).to.deep.equal([1, 1])
      expect(buckets[0]?.tags).to.deep.equal({ ...markTags(engine.book.order.mark) })
      await engine.remove()
      expect((await bench.fake.state()).users).to.deep.equal([])
    })
  }

  it('waits in a state that nobody knows', async () => {
    const engine = begin()
    const chosen = await chosenBy(driver(), engine.book.order)
    const asked = pendingHandle(await driver().create(engine.book.order, chosen, callAt()))
    await bench.fake.setUserStatus((await usersBy('owner'))[0]?.id ?? 0, 'reticulating')
    const sighting = await driver().create(engine.book.order, asked, callAt())
    const note = 'the owner of the bucket is in state reticulating'
    expect(sighting).to.deep.include({ state: 'pending', note })
  })

  it('goes on when the object storage does not know the owner’s keys yet', async () => {
    await bench.fake.setScene({ looks: 1, lateKeys: true })
    const engine = begin()
    let handle = await chosenBy(driver(), engine.book.order)
    for (let step = 0; step < 5; step++) {
      handle = pendingHandle(await driver().create(engine.book.order, handle, callAt()))
    }
    expect((await bench.fake.state()).buckets).to.deep.equal([])
    await bench.fake.admitKeys()
    engine.book.handle = handle
    await engine.create()
    expect((await bench.fake.state()).buckets).to.have.length(1)
  })
})
