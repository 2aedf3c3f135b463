import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import type { Driver, Grant, Handle, Login, Sighting } from '../../src/contract/adapter.ts'
import { type FailureKind, ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { markTags } from '../../src/contract/mark-tags.ts'
import type { Call } from '../../src/contract/ports.ts'
import { arrayAt, isObject, textAt } from '../../src/contract/read.ts'
import { family } from '../../src/families/object-storage/index.ts'
import { httpPort } from '../../src/transport/http.ts'
import { openBreaker } from '../../test/conformance/breaker.ts'
import { freshLogin, freshOrder } from '../../test/conformance/fresh.ts'
import type { Harness } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { type Engine, openEngine } from '../../test/conformance/run.ts'
import { openWatch } from '../../test/conformance/watch.ts'
import { accessOf, beginUpload, boundBucket, bucketAt } from '../../test/support/buckets.ts'
import { type ObjectStore, objectStore, type StoreKey } from '../../test/support/radosgw.ts'
import type { Scene } from './fake/scene.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from './fake/start-fake.ts'
import { adapter } from './index.ts'
import { accessTo } from './object-storage/access.ts'
import { readUserDescription } from './object-storage/description.ts'
import { readSettings } from './settings.ts'

const LAG = 20
const BROKER = 'broker-1'

let store: ObjectStore
let fake: FakeOvhcloud
let driver: Driver

before(async function () {
  this.timeout(180_000)
  store = await objectStore()
  fake = await startFakeOvhcloud({ store })
})
after(() => fake?.stop())

async function begin(scene: Partial<Scene> = {}): Promise<void> {
  await fake.reset()
  await fake.setScene({ looks: 1, ...scene })
  const found = adapter.open({ ...fake.settings, listLagSeconds: LAG }).drivers['object-storage']
  if (!found) throw new Error('no driver')
  driver = found
}

/** An order and a core in small that carries it out, by a clock of its own. */
function engineFor(parameters: JsonObject = {}, region = 'GRA'): Engine {
  const harness: Harness = {
    openDriver: () => driver,
    family,
    order: { region, plan: {}, parameters },
    call: ({ now, attempt, signal }) => callAt(now, attempt, signal),
    resources: async () => [],
    logins: async () => [],
    tryLogin: async () => false,
    advanceTime: (seconds) => fake.advance(seconds)
  }
  const order = freshOrder(harness.order, BROKER)
  return openEngine(harness, openBreaker(harness.call), openWatch(), order)
}

function callAt(now = new Date(), attempt = 1, signal = new AbortController().signal): Call {
  return { signal, now, attempt, ...realPorts(signal), note: () => undefined }
}

async function created(parameters: JsonObject = {}): Promise<Engine> {
  const engine = engineFor(parameters)
  await engine.create()
  return engine
}

function handleOf({ book }: Engine): Handle {
  if (!book.handle) throw new Error('no handle')
  return book.handle
}

async function failure(kind: FailureKind, promise: Promise<unknown> | undefined): Promise<ProviderFailure> {
  const error: unknown = await promise?.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown
  )
  if (!(error instanceof ProviderFailure)) throw error
  expect(error.kind, error.message).to.equal(kind)
  return error
}

async function usersBy(kind: 'owner' | 'binding') {
  const { users } = await fake.state()
  return users.filter(({ description }) => readUserDescription(description)?.role.kind === kind)
}

/** Those that stay. */
async function owners(): Promise<readonly number[]> {
  return (await usersBy('owner')).filter(({ status }) => status !== 'deleting').map(({ id }) => id)
}

function pendingHandle(sighting: Sighting): Handle {
  if (sighting.state !== 'pending') throw new Error(sighting.state)
  return sighting.handle
}

describe('object storage of OVHcloud, over its fake', function () {
  this.timeout(20_000)
  beforeEach(() => begin())

  it('makes an owner, its bucket with the mark, a user for each binding, and leaves nothing', async () => {
    const engine = await created({ versioning: true })
    const { name, mark } = engine.book.order
    const [bucket, ...others] = (await fake.state()).buckets
    expect(others).to.deep.equal([])
    expect(bucket).to.deep.include({ name, region: 'GRA', tags: { ...markTags(mark) } })
    expect(bucket?.versioning).to.deep.equal({ status: 'enabled' })
    const [owner] = await usersBy('owner')
    expect(owner?.id).to.equal(bucket?.owner)
    expect(owner?.description).to.match(/^portolan p[a-z2-7]{20} broker-1 \S+ 1 owner GRA$/)

    const login = freshLogin()
    const credentials = await engine.bind(login)
    expect(credentials).to.include({ bucket: name, region: 'gra', endpoint: store.endpoint })
    const [user] = await usersBy('binding')
    expect(user?.description).to.contain(`1 binding ${login.name}`)
    expect(user?.keys).to.deep.equal([credentials['access_key_id']])
    await boundBucket(credentials).put('key', 'value')
    await engine.remove()
    const { users, buckets } = await fake.state()
    expect({ users, buckets }).to.deep.equal({ users: [], buckets: [] })
  })

  it('gives a user rights over its bucket only, and before it has keys', async () => {
    const engine = await created()
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
    const asked = Object.keys((await fake.state()).counters).flatMap((key) => {
      const [what, path] = key.split(
        `/1.0/cloud/project/${textAt(fake.settings, 'project')}/user/${user?.id}/`
      )
      return path === undefined ? [] : [`${what}${path}`]
    })
    expect(asked).to.deep.equal(['POST policy', 'GET s3Credentials', 'POST s3Credentials'])
  })

  it('is at OVHcloud unless it is told another address, each region at its own', () => {
    const place = { v: 1, region: 'EU-WEST-PAR', name: 'pbucket', stage: 'made' } as const
    const mark = { broker: BROKER, resource: 'r', generation: 1 }
    const keys = { accessKeyId: 'a', secretAccessKey: 's' }
    const { project = '', clientId = '', clientSecret = '' } = fake.settings
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
    await failure('invalid', engineFor({}, 'MARS').create())
    const engine = engineFor()
    await fake.addForeignBucket(engine.book.order.name, { owner: 'somebody' })
    await failure('conflict', engine.create())
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
      await fake.setScene({ looks: 1, ...scene })
      const engine = await created()
      const { users, buckets } = await fake.state()
      expect([users.length, buckets.length]).to.deep.equal([1, 1])
      expect(buckets[0]?.tags).to.deep.equal({ ...markTags(engine.book.order.mark) })
      await engine.remove()
      expect((await fake.state()).users).to.deep.equal([])
    })
  }

  it('keeps the oldest of two owners while none is committed, and removes the other', async () => {
    const engine = engineFor()
    const chosen = pendingHandle(await driver.create(engine.book.order, undefined, callAt()))
    const made = pendingHandle(await driver.create(engine.book.order, chosen, callAt()))
    const [first] = await usersBy('owner')
    await fake.addForeignUser(first?.description ?? '')
    await fake.setUserStatus(first?.id ?? 0, 'ok')
    const found = pendingHandle(await driver.create(engine.book.order, chosen, callAt()))
    expect(found['owner']).to.equal(made['owner'])
    await engine.create()
    expect(await owners()).to.deep.equal([first?.id])
  })

  it('waits for a second owner that is still being made, and removes it', async () => {
    const engine = engineFor()
    const chosen = pendingHandle(await driver.create(engine.book.order, undefined, callAt()))
    await driver.create(engine.book.order, chosen, callAt())
    const [first] = await usersBy('owner')
    const second = await fake.addForeignUser(first?.description ?? '')
    await fake.setUserStatus(second, 'creating')
    let sighting = await driver.create(engine.book.order, chosen, callAt())
    for (let step = 0; step < 6; step++) {
      sighting = await driver.create(engine.book.order, pendingHandle(sighting), callAt())
    }
    expect(sighting).to.have.property('note', 'a second owner of the bucket is still being made')
    const found = []
    for await (const each of driver.list?.(BROKER, callAt()) ?? []) found.push(each.name)
    expect(found).to.deep.equal([engine.book.order.name])
    await fake.setUserStatus(second, 'ok')
    engine.book.handle = pendingHandle(sighting)
    await engine.create()
    expect(await owners()).to.deep.equal([first?.id])
    await engine.remove()
  })

  for (const status of ['deleting', 'deleted']) {
    it(`makes another owner when the first is ${status} before the bucket is made`, async () => {
      const engine = engineFor()
      const chosen = pendingHandle(await driver.create(engine.book.order, undefined, callAt()))
      engine.book.handle = pendingHandle(await driver.create(engine.book.order, chosen, callAt()))
      const [first] = await usersBy('owner')
      await fake.setUserStatus(first?.id ?? 0, status)
      await driver.create(engine.book.order, handleOf(engine), callAt())
      await fake.setUserStatus(first?.id ?? 0, 'gone')
      await engine.create()
      const others = (await usersBy('owner')).filter(({ id }) => id !== first?.id)
      expect(others).to.have.length(1)
      expect((await fake.state()).buckets[0]?.owner).to.equal(others[0]?.id)
    })
  }

  it('waits in a state that nobody knows', async () => {
    const engine = engineFor()
    const chosen = pendingHandle(await driver.create(engine.book.order, undefined, callAt()))
    const asked = pendingHandle(await driver.create(engine.book.order, chosen, callAt()))
    await fake.setUserStatus((await usersBy('owner'))[0]?.id ?? 0, 'reticulating')
    const sighting = await driver.create(engine.book.order, asked, callAt())
    const note = 'the owner of the bucket is in state reticulating'
    expect(sighting).to.deep.include({ state: 'pending', note })
  })

  it('binds when its keys open the bucket, and not before', async () => {
    const engine = await created()
    await fake.setScene({ looks: 1, lateKeys: true })
    const login = freshLogin()
    const bind = (grant?: Grant) => driver.bind?.(handleOf(engine), login, {}, grant, callAt())
    let bound = await bind()
    for (let step = 0; step < 4; step++) bound = await bind(bound?.grant)
    expect(bound?.state).to.equal('pending')
    const [user] = await usersBy('binding')
    expect(user?.keys).to.have.length(1)
    await fake.admitKeys()
    bound = await bind(bound?.grant)
    expect(bound?.state).to.equal('ready')
    expect(bound?.grant.login?.name).to.equal(user?.keys[0])
    const again = await bind()
    expect(again?.grant).to.deep.equal(bound?.grant)
  })

  it('goes on when the object storage does not know the owner’s keys yet', async () => {
    await fake.setScene({ looks: 1, lateKeys: true })
    const engine = engineFor()
    let handle = pendingHandle(await driver.create(engine.book.order, undefined, callAt()))
    for (let step = 0; step < 5; step++) {
      handle = pendingHandle(await driver.create(engine.book.order, handle, callAt()))
    }
    expect((await fake.state()).buckets).to.deep.equal([])
    await fake.admitKeys()
    engine.book.handle = handle
    await engine.create()
    expect((await fake.state()).buckets).to.have.length(1)
  })

  it('makes one user and one pair of keys for a bind whose answers are lost', async () => {
    const engine = await created()
    for (const path of ['/user', '/s3Credentials', '/policy']) {
      await fake.setScene({ looks: 1, lost: [{ method: 'POST', path, when: 'after', times: 1 }] })
      const login = freshLogin()
      const credentials = await engine.bind(login)
      const [user, ...others] = await usersBy('binding')
      expect(others, path).to.deep.equal([])
      expect(user?.keys, path).to.deep.equal([credentials['access_key_id']])
      await engine.unbind(login)
    }
  })

  it('takes keys away first, and waits until their user is gone', async () => {
    const engine = await created()
    const login = freshLogin()
    const bucket = boundBucket(await engine.bind(login))
    await failure('unavailable', driver.unbind?.(handleOf(engine), login, { handle: { v: 1 } }, callAt()))
    const [user] = await usersBy('binding')
    expect([user?.status, user?.keys]).to.deep.equal(['deleting', []])
    await failure('denied', bucket.head())
    await engine.unbind(login)
    expect(await usersBy('binding')).to.deep.equal([])
  })

  it('looks again after the list had its time when a bind was broken off without a grant', async () => {
    const engine = await created()
    const unbind = (attempt: number) =>
      driver.unbind?.(handleOf(engine), freshLogin(), undefined, callAt(new Date(), attempt))
    const told = await failure('unavailable', unbind(1))
    expect(told.retryAfterSeconds).to.equal(LAG)
    await unbind(2)
  })

  it('leaves alone what somebody gave another description', async () => {
    const engine = await created()
    const [owner] = await usersBy('owner')
    await fake.describeUser(owner?.id ?? 0, 'now mine')
    const { buckets } = await fake.state()
    for (const attempt of [
      () => driver.destroy(handleOf(engine), callAt()),
      () => driver.bind?.(handleOf(engine), freshLogin(), {}, undefined, callAt()),
      () => driver.access?.(handleOf(engine), callAt()),
      () => driver.observe(handleOf(engine), callAt())
    ]) {
      await failure('conflict', attempt())
    }
    expect((await fake.state()).buckets).to.deep.equal(buckets)
  })

  it('destroys a bucket with versions, markers and uploads in it', async () => {
    const engine = await created({ versioning: true })
    const bucket = boundBucket(await engine.bind(freshLogin()))
    for (const value of ['1', '2']) await bucket.put('key', value)
    await bucket.deleteVersions([{ key: 'key', version: '', isMarker: false }])
    const access = (await engine.access()) as ObjectStorageAccess
    await beginUpload(access, 'never-completed')
    const refused = await failure('conflict', driver.destroy(handleOf(engine), callAt()))
    expect(refused.message).to.contain('empty')
    expect((await fake.state()).buckets).to.have.length(1)
    await engine.remove()
    const { users, buckets } = await fake.state()
    expect({ users, buckets }).to.deep.equal({ users: [], buckets: [] })
  })

  it('removes a bucket whose owner somebody removed, when it carries our mark', async () => {
    const engine = await created()
    await fake.setUserStatus((await usersBy('owner'))[0]?.id ?? 0, 'deleted')
    const [mine] = (await fake.state()).buckets
    await fake.retag(mine?.name ?? '', { owner: 'somebody' })
    await failure('conflict', driver.destroy(handleOf(engine), callAt()))
    await fake.retag(mine?.name ?? '', markTags(engine.book.order.mark))
    await engine.remove()
    expect((await fake.state()).buckets).to.deep.equal([])
  })

  it('gives the owner new keys when somebody took them', async () => {
    const engine = await created()
    const before = (await engine.access()) as ObjectStorageAccess
    const [owner] = await usersBy('owner')
    await fake.takeKeys(owner?.id ?? 0)
    const now = (await engine.access()) as ObjectStorageAccess
    expect(now.accessKeyId).not.to.equal(before.accessKeyId)
    await bucketAt(now).head()
  })

  it('suspends versioning that nobody wants any more, and keeps what was kept', async () => {
    const engine = await created({ versioning: true })
    const bucket = bucketAt((await engine.access()) as ObjectStorageAccess)
    for (const value of ['1', '2']) await bucket.put('key', value)
    await engine.update({ ...engine.book.order, parameters: {} })
    expect(await bucket.versioning()).to.equal('suspended')
    expect(await bucket.versions()).to.have.length(2)
  })

  it('lists the buckets of this broker only', async () => {
    const engine = await created()
    await engine.bind(freshLogin())
    await fake.addForeignUser('somebody else')
    await fake.addForeignUser(`portolan ${engine.book.order.name} broker-2 r 1 owner GRA`)
    await fake.addForeignUser('portolan p broker-1 r one owner GRA')
    const found = []
    for await (const each of driver.list?.(BROKER, callAt()) ?? []) found.push(each)
    expect(found.map(({ name, region }) => [name, region])).to.deep.equal([[engine.book.order.name, 'GRA']])
  })

  it('says what doctor can see of it, and which right is missing', async () => {
    const told = async (settings: JsonObject) =>
      (await adapter.open({ ...fake.settings, ...settings }).inspect?.(callAt()))?.filter(({ subject }) =>
        /users|object storage/.test(subject)
      )
    await created()
    expect(await told({ storageRegions: ['GRA'] })).to.deep.equal([
      { level: 'ok', subject: 'users of the project', text: '1 of 1000' },
      { level: 'ok', subject: 'object storage in GRA', text: '1 buckets' }
    ])
    const [denied] = (await told({ clientSecret: 'wrong' })) ?? []
    expect(denied?.level).to.equal('warning')
    expect(denied?.remedy).to.contain('publicCloudProject:apiovh:user/*')
  })
})

describe('a binding at OVHcloud', function () {
  this.timeout(30_000)
  let mine: Engine
  let theirs: Engine
  let writer: JsonObject
  let reader: JsonObject
  let foreign: JsonObject

  before(async function () {
    this.timeout(60_000)
    await begin()
    mine = await created()
    theirs = await created()
    writer = await mine.bind(freshLogin())
    reader = await mine.bind(freshLogin(), { access: 'read-only' })
    foreign = await theirs.bind(freshLogin())
    await boundBucket(foreign).put('theirs', 'secret')
    await boundBucket(writer).put('mine', 'value')
  })
  after(async () => {
    await mine.remove()
    await theirs.remove()
  })

  const both = () => [writer, reader]
  const nameOf = (credentials: JsonObject) => textAt(credentials, 'bucket')
  const keyOf = (credentials: JsonObject): StoreKey => ({
    accessKeyId: textAt(credentials, 'access_key_id'),
    secretAccessKey: textAt(credentials, 'secret_access_key')
  })

  /** How a request ended: with an answer, or a kind of failure. */
  async function ended(request: Promise<unknown>): Promise<string> {
    return request.then(
      () => 'done',
      (error: unknown) => (error instanceof ProviderFailure ? error.kind : String(error))
    )
  }

  async function send(
    credentials: JsonObject,
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string
  ): Promise<number> {
    const { status } = await httpPort({ signal: new AbortController().signal, network: 'private' }).send({
      method,
      url: new URL(`${store.endpoint}${path}`),
      headers: { 'content-type': 'application/xml', ...headers },
      ...(body === undefined ? {} : { body }),
      sign: { service: 's3', region: 'gra', ...keyOf(credentials) }
    })
    return status
  }

  it('works in its own bucket, and reads only where it may only read', async () => {
    for (const credentials of both()) expect(await boundBucket(credentials).get('mine')).to.equal('value')
    expect(await ended(boundBucket(reader).put('more', 'value'))).to.equal('denied')
    await boundBucket(writer).put('more', 'value')
    const more = { key: 'more', version: 'null', isMarker: false }
    expect(await boundBucket(writer).deleteVersions([more])).to.deep.equal([])
    const mineNow = { key: 'mine', version: 'null', isMarker: false }
    expect(await ended(boundBucket(reader).deleteVersions([mineNow]))).to.equal('denied')
    const upload = await send(reader, 'POST', `/${nameOf(reader)}/upload?uploads`)
    const tags = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>'
    const tagged = await send(reader, 'PUT', `/${nameOf(reader)}/mine?tagging`, {}, tags)
    const acl = await send(reader, 'PUT', `/${nameOf(reader)}/mine?acl`, { 'x-amz-acl': 'public-read' })
    expect([upload, tagged, acl]).to.deep.equal([403, 403, 403])
    expect(await boundBucket(reader).get('mine')).to.equal('value')
  })

  it('shares with the other bindings what each of them wrote, also when one is gone', async () => {
    const login = freshLogin()
    const another = await mine.bind(login)
    await boundBucket(another).put('shared', 'of another')
    expect(await boundBucket(writer).get('shared')).to.equal('of another')
    await mine.unbind(login)
    expect(await boundBucket(reader).get('shared')).to.equal('of another')
    await boundBucket(writer).put('shared', 'changed')
    expect(await bucketAt((await mine.access()) as ObjectStorageAccess).get('shared')).to.equal('changed')
  })

  it('sees no other bucket, by no way', async () => {
    for (const credentials of both()) {
      expect(await ended(boundBucket(credentials).accountBuckets())).to.equal('denied')
      const other = bucketAt(accessOf(store, keyOf(credentials), nameOf(foreign)))
      const attempts = {
        head: () => other.head(),
        get: () => other.get('theirs'),
        put: () => other.put('theirs', 'mine'),
        list: () => other.versions(),
        uploads: () => other.uploads(),
        tags: () => other.tags(),
        policy: () => other.policy(),
        delete: () => other.delete()
      }
      for (const [what, attempt] of Object.entries(attempts)) {
        expect(await ended(attempt()), what).to.equal('denied')
      }
      const copy = { 'x-amz-copy-source': `/${nameOf(foreign)}/theirs` }
      expect(await send(credentials, 'PUT', `/${nameOf(credentials)}/copy`, copy)).to.equal(403)
    }
    expect(await boundBucket(foreign).get('theirs')).to.equal('secret')
  })

  it('changes nothing of its bucket but what is in it', async () => {
    const owner = bucketAt((await mine.access()) as ObjectStorageAccess)
    const before = [await owner.tags(), await owner.policy(), await owner.versioning()]
    for (const credentials of both()) {
      const bucket = boundBucket(credentials)
      const name = nameOf(credentials)
      const attempts = {
        tags: () => bucket.setTags({ 'portolan-broker': 'another' }),
        policy: () => bucket.setPolicy({ Version: '2012-10-17', Statement: [] }),
        versioning: () => bucket.setVersioning('on'),
        delete: () => bucket.delete()
      }
      for (const [what, attempt] of Object.entries(attempts)) {
        expect(await ended(attempt()), what).to.equal('denied')
      }
      const statuses = [
        await send(credentials, 'PUT', `/${name}?acl`, { 'x-amz-acl': 'public-read-write' }),
        await send(credentials, 'DELETE', `/${name}?tagging`),
        await send(credentials, 'DELETE', `/${name}?policy`),
        await send(credentials, 'PUT', `/${name}?lifecycle`, {}, '<LifecycleConfiguration/>'),
        await send(credentials, 'PUT', `/${name}?cors`, {}, '<CORSConfiguration/>'),
        await send(credentials, 'PUT', `/${name}?object-lock`, {}, '<ObjectLockConfiguration/>')
      ]
      expect(statuses.filter((status) => status < 400)).to.deep.equal([])
    }
    expect([await owner.tags(), await owner.policy(), await owner.versioning()]).to.deep.equal(before)
  })

  it('makes no bucket, no user, no keys and no policy', async () => {
    for (const credentials of both()) {
      expect(await ended(bucketAt(accessOf(store, keyOf(credentials))).create())).to.equal('denied')
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      for (const action of ['PutUserPolicy', 'DeleteUserPolicy', 'CreateRole', 'GetSessionToken']) {
        const body = `Action=${action}&UserName=x&PolicyName=policy`
        expect(await send(credentials, 'POST', '/', form, body), action).to.be.within(400, 599)
      }
      expect(await send(credentials, 'PUT', '/admin/user?uid=new&display-name=new')).to.equal(403)
    }
  })

  it('is locked out by its unbind, and the others are not', async () => {
    const login: Login = freshLogin()
    const one = await mine.bind(login)
    await mine.unbind(login)
    expect(await ended(boundBucket(one).get('mine'))).to.equal('denied')
    expect(await boundBucket(writer).get('mine')).to.equal('value')
  })
})
