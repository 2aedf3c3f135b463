import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import type { Adapter, Driver } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { textAt } from '../../src/contract/read.ts'
import type { Bucket } from '../../src/contract/s3.ts'
import { family } from '../../src/families/object-storage/index.ts'
import { httpPort } from '../../src/transport/http.ts'
import { openBreaker } from '../../test/conformance/breaker.ts'
import { freshLogin, freshName, freshOrder } from '../../test/conformance/fresh.ts'
import type { Harness } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { type Engine, openEngine } from '../../test/conformance/run.ts'
import { openWatch } from '../../test/conformance/watch.ts'
import { boundBucket, bucketAt } from '../../test/support/buckets.ts'
import { objectStore } from '../../test/support/radosgw.ts'
import { type FakeScaleway, startFakeScaleway } from './fake/start-fake.ts'
import { adapter } from './index.ts'
import { tagsOf } from './tags.ts'

const BROKER = 'broker-1'
const IAM = '/iam/v1alpha1'

/** How a request ended: with an answer, or a kind of failure. */
async function ended(request: Promise<unknown>): Promise<string> {
  try {
    await request
    return 'done'
  } catch (error) {
    return error instanceof ProviderFailure ? error.kind : String(error)
  }
}

async function failure(promise: Promise<unknown> | undefined): Promise<ProviderFailure> {
  const error: unknown = await promise?.then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  if (error instanceof ProviderFailure) return error
  throw new Error(`it ended with ${String(error)}`)
}

describe('object storage at scaleway', function () {
  this.timeout(60_000)
  let fake: FakeScaleway
  let opened: Adapter
  let driver: Driver

  before(async function () {
    this.timeout(180_000)
    const [store, started] = await Promise.all([objectStore(), startFakeScaleway()])
    fake = started
    await fake.useStore(store)
    opened = adapter.open(fake.settings)
    const found = opened.drivers['object-storage']
    if (!found) throw new Error('no driver')
    driver = found
  })
  after(() => fake.stop())
  beforeEach(() => fake.reset())

  function callAt(now = new Date(), attempt = 1, signal = new AbortController().signal): Call {
    return { signal, now, attempt, ...realPorts(signal), note: () => undefined }
  }

  /** An order, and a core in small that carries it out. */
  function begin(parameters: JsonObject = {}, region = 'fr-par'): Engine {
    const harness: Harness = {
      openDriver: () => driver,
      family: family,
      order: { region, plan: {}, parameters },
      call: ({ now, attempt, signal }) => callAt(now, attempt, signal),
      resources: async () => [],
      logins: async () => [],
      tryLogin: async () => false,
      advanceTime: (seconds) => fake.advance(seconds)
    }
    return openEngine(harness, openBreaker(harness.call), openWatch(), freshOrder(harness.order, BROKER))
  }

  async function made(parameters: JsonObject = {}, region = 'fr-par'): Promise<Engine> {
    const engine = begin(parameters, region)
    await engine.create()
    return engine
  }

  const nameOf = ({ book }: Engine) => book.order.name
  const handleOf = ({ book }: Engine) => {
    if (book.handle === undefined) throw new Error('nothing was committed')
    return book.handle
  }
  const asOwner = async (engine: Engine) => bucketAt((await engine.access()) as ObjectStorageAccess)
  /** Another bucket, as whoever has these credentials sees it. */
  const across = (credentials: JsonObject, bucket: string) => boundBucket({ ...credentials, bucket })

  async function ask(method: string, path: string, body?: Json, key = textAt(fake.settings, 'secretKey')) {
    const answer = await fetch(`${fake.url}${IAM}${path}`, {
      method,
      headers: { 'x-auth-token': key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await answer.text()
    return { status: answer.status, body: JSON.parse(text === '' ? '{}' : text) as JsonObject }
  }

  /** Somebody with a key of the project that may do everything with object storage, and no word in any bucket's policy. */
  async function neighbour(engine: Engine): Promise<Bucket> {
    const { organizationId } = fake.settings['objectStorage'] as { organizationId: string }
    const project = textAt(fake.settings, 'projectId')
    const common = { name: 'neighbour', organization_id: organizationId }
    const application = await ask('POST', '/applications', common)
    const rule = { permission_set_names: ['ObjectStorageFullAccess'], project_ids: [project] }
    const id = textAt(application.body, 'id')
    await ask('POST', '/policies', { ...common, application_id: id, rules: [rule] })
    const key = await ask('POST', '/api-keys', { application_id: id, default_project_id: project })
    return bucketAt({
      ...((await engine.access()) as ObjectStorageAccess),
      accessKeyId: textAt(key.body, 'access_key'),
      secretAccessKey: textAt(key.body, 'secret_key')
    })
  }

  /** Requests that the port has no method for. */
  async function send(
    credentials: JsonObject,
    method: 'GET' | 'PUT' | 'DELETE',
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string
  ): Promise<number> {
    const { status } = await httpPort({ signal: new AbortController().signal, network: 'private' }).send({
      method,
      url: new URL(`${textAt(credentials, 'endpoint')}${path}`),
      headers: { 'content-type': 'application/xml', ...headers },
      ...(body === undefined ? {} : { body }),
      sign: {
        service: 's3',
        region: textAt(credentials, 'region'),
        accessKeyId: textAt(credentials, 'access_key_id'),
        secretAccessKey: textAt(credentials, 'secret_access_key')
      }
    })
    return status
  }

  describe('a binding', () => {
    let mine: Engine
    let theirs: Engine
    let writer: JsonObject
    let reader: JsonObject

    beforeEach(async () => {
      ;[mine, theirs] = [await made(), await made()]
      writer = await mine.bind(freshLogin())
      reader = await mine.bind(freshLogin(), { access: 'read-only' })
      await boundBucket(await theirs.bind(freshLogin())).put('theirs', 'secret')
      await boundBucket(writer).put('mine', 'value')
    })

    it('works in its own bucket, and one that only reads writes nothing', async () => {
      expect(await boundBucket(writer).get('mine')).to.equal('value')
      expect(await boundBucket(reader).get('mine')).to.equal('value')
      const [version] = await boundBucket(reader).versions()
      if (!version) throw new Error('nothing is there')
      expect(await ended(boundBucket(reader).put('more', 'value'))).to.equal('denied')
      expect(await ended(boundBucket(reader).put('mine', 'changed'))).to.equal('denied')
      expect(await ended(boundBucket(reader).deleteVersions([version]))).to.equal('denied')
      expect(await ended(boundBucket(reader).uploads())).to.equal('denied')
      expect(await boundBucket(reader).get('mine')).to.equal('value')
      await boundBucket(writer).put('more', 'value')
      const more = { key: 'more', version: 'null', isMarker: false }
      expect(await boundBucket(writer).deleteVersions([more])).to.deep.equal([])
      expect(await ended(boundBucket(writer).get('more'))).to.equal('not-found')
    })

    it('sees no other bucket of the project, by no way', async () => {
      for (const credentials of [writer, reader]) {
        const other = across(credentials, nameOf(theirs))
        const attempts = {
          'list of buckets': () => other.accountBuckets(),
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
        const copy = { 'x-amz-copy-source': `/${nameOf(theirs)}/theirs` }
        expect(await send(credentials, 'PUT', `/${nameOf(mine)}/copy`, copy)).to.equal(403)
      }
      expect(await (await asOwner(theirs)).get('theirs')).to.equal('secret')
    })

    it('changes nothing of its bucket but what is in it', async () => {
      const owner = await asOwner(mine)
      const name = nameOf(mine)
      const look = async () => [await owner.tags(), await owner.policy(), await owner.versioning()]
      const before = await look()
      for (const credentials of [writer, reader]) {
        const bucket = boundBucket(credentials)
        const attempts = {
          'set tags': () => bucket.setTags({ 'portolan-broker': 'mine' }),
          'read tags': () => bucket.tags(),
          'set policy': () => bucket.setPolicy({ Version: '2023-04-17', Statement: [] }),
          'read policy': () => bucket.policy(),
          versioning: () => bucket.setVersioning('on'),
          delete: () => bucket.delete(),
          'make another': () => across(credentials, freshName('p')).create()
        }
        for (const [what, attempt] of Object.entries(attempts)) {
          expect(await ended(attempt()), what).to.equal('denied')
        }
        const acl = { 'x-amz-acl': 'public-read' }
        const lock =
          '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>'
        const statuses = [
          await send(credentials, 'PUT', `/${name}?acl`, acl),
          await send(credentials, 'PUT', `/${name}/mine?acl`, acl),
          await send(credentials, 'DELETE', `/${name}?policy`),
          await send(credentials, 'DELETE', `/${name}?tagging`),
          await send(credentials, 'PUT', `/${name}?lifecycle`, {}, '<LifecycleConfiguration/>'),
          await send(credentials, 'PUT', `/${name}?object-lock`, {}, lock),
          await send(credentials, 'PUT', `/${name}/mine?retention`, {}, '<Retention/>')
        ]
        expect(new Set(statuses)).to.deep.equal(new Set([403]))
      }
      expect(await look()).to.deep.equal(before)
    })

    it('has no way to IAM', async () => {
      const key = textAt(writer, 'secret_access_key')
      for (const path of ['/api-keys', '/applications', '/policies']) {
        expect((await ask('GET', path, undefined, key)).body['type'], path).to.equal('permissions_denied')
      }
    })
  })

  describe('a bucket', () => {
    it('is closed to every other key of the project, from its first step on', async () => {
      const engine = begin()
      const chosen = await engine.step('create', (by, call) => by.create(engine.book.order, undefined, call))
      if (chosen.state !== 'pending') throw new Error(chosen.state)
      const marked = await engine.step('create', (by, call) =>
        by.create(engine.book.order, chosen.handle, call)
      )
      if (marked.state !== 'pending') throw new Error(marked.state)
      engine.book.handle = marked.handle
      const stranger = await neighbour(engine)
      expect(await ended(stranger.put('early', 'bird'))).to.equal('denied')
      await engine.create()
      expect(await ended(stranger.put('late', 'bird'))).to.equal('denied')
      expect(await ended(stranger.versions())).to.equal('denied')
      await fake.setBucketPolicy(nameOf(engine), null)
      // So it was the policy that kept the neighbour out.
      expect(await ended(stranger.put('late', 'bird'))).to.equal('done')
    })

    it('whose policy somebody changed is told, and an update sets it back', async () => {
      const engine = await made()
      const reader = await engine.bind(freshLogin(), { access: 'read-only' })
      const owner = await asOwner(engine)
      const wanted = await owner.policy()
      const [broker] = (wanted?.['Statement'] ?? []) as readonly JsonObject[]
      const open = { ...broker, Sid: 'all', Principal: '*', Action: ['s3:ListBucket', 's3:PutObject'] }
      for (const policy of [null, { ...wanted, Statement: [broker ?? {}, open] }]) {
        await fake.setBucketPolicy(nameOf(engine), policy)
        const told = await failure(driver.observe(handleOf(engine), callAt()))
        expect(told.kind).to.equal('conflict')
        expect(told.message).to.contain('policy')
        await engine.update(engine.book.order)
        expect(await owner.policy()).to.deep.equal(wanted)
        expect((await driver.observe(handleOf(engine), callAt())).state).to.equal('ready')
        expect(await ended(boundBucket(reader).put('key', 'value'))).to.equal('denied')
      }
    })

    it('may have its policy written in another way', async () => {
      const engine = await made()
      const wanted = (await (await asOwner(engine)).policy()) ?? {}
      const statements = (wanted['Statement'] as readonly JsonObject[]).map((each) => ({
        ...each,
        Principal: { SCW: [(each['Principal'] as { SCW: string }).SCW] },
        Action: [...(each['Action'] as readonly string[])].toReversed()
      }))
      await fake.setBucketPolicy(nameOf(engine), { ...wanted, Statement: statements.toReversed() })
      expect((await driver.observe(handleOf(engine), callAt())).state).to.equal('ready')
    })

    it('that locks the broker out stays as it is, with everybody who may use it', async () => {
      const engine = await made()
      const credentials = await engine.bind(freshLogin())
      await boundBucket(credentials).put('key', 'value')
      const wanted = (await (await asOwner(engine)).policy()) ?? {}
      const [, ...others] = wanted['Statement'] as readonly JsonObject[]
      await fake.setBucketPolicy(nameOf(engine), { ...wanted, Statement: others })
      const told = await failure(engine.update(engine.book.order))
      expect(told.kind).to.equal('denied')
      expect(told.message).to.contain('its policy leaves the broker out')
      expect(await ended(driver.destroy(handleOf(engine), callAt()))).to.equal('denied')
      expect(await boundBucket(credentials).get('key')).to.equal('value')
    })

    it('of another region is found there and nowhere else', async () => {
      const engine = await made({}, 'nl-ams')
      const credentials = await engine.bind(freshLogin())
      expect(credentials['region']).to.equal('nl-ams')
      await boundBucket(credentials).put('key', 'value')
      expect(await ended(boundBucket({ ...credentials, region: 'fr-par' }).get('key'))).to.equal('not-found')
      const found = []
      for await (const each of driver.list?.(BROKER, callAt()) ?? []) found.push([each.name, each.region])
      expect(found).to.deep.equal([[nameOf(engine), 'nl-ams']])
    })

    it('that is closed to the broker does not hide the others', async () => {
      const [closed, engine] = [await made(), await made()]
      const wanted = (await (await asOwner(closed)).policy()) ?? {}
      await fake.setBucketPolicy(nameOf(closed), { ...wanted, Statement: [] })
      const [found, notes]: string[][] = [[], []]
      const call = { ...callAt(), note: (text: string) => notes?.push(text) }
      for await (const each of driver.list?.(BROKER, call) ?? []) found?.push(each.name)
      expect(found).to.deep.equal([nameOf(engine)])
      expect(notes).to.deep.equal(['a bucket of the project is closed to the broker'])
    })

    it('keeps what it kept when versioning ends', async () => {
      const engine = await made({ versioning: true })
      const bucket = await asOwner(engine)
      for (const value of ['1', '2']) await bucket.put('key', value)
      await engine.update({ ...engine.book.order, parameters: { versioning: false } })
      expect(await bucket.versioning()).to.equal('suspended')
      expect(await bucket.versions()).to.have.length(2)
    })

    it('goes with everything in it, and with everything that IAM had for it', async () => {
      const engine = await made({ versioning: true })
      const credentials = await engine.bind(freshLogin())
      for (const value of ['1', '2']) await boundBucket(credentials).put('key', value)
      expect(await ended(driver.destroy(handleOf(engine), callAt()))).to.equal('conflict')
      expect(await ended(boundBucket(credentials).get('key'))).to.equal('denied')
      await engine.remove()
      const { buckets, applications, policies, apiKeys } = await fake.state()
      expect([...buckets, ...applications, ...policies, ...apiKeys]).to.deep.equal([])
    })
  })

  describe('the applications of an instance', () => {
    it('have the least rights, and carry the mark', async () => {
      const engine = await made()
      const { applications, policies } = await fake.state()
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
      const [first] = (await fake.state()).applications
      await fake.setTags(first?.id ?? '', ['somebody'])
      const before = await fake.state()
      expect(await ended(engine.bind(freshLogin()))).to.equal('conflict')
      expect(await ended(driver.destroy(handleOf(engine), callAt()))).to.equal('conflict')
      expect({ ...(await fake.state()), counters: {} }).to.deep.equal({ ...before, counters: {} })
    })

    it('are not made beside one of the same name that somebody else has', async () => {
      const engine = begin()
      const { organizationId } = fake.settings['objectStorage'] as { organizationId: string }
      await ask('POST', '/applications', { name: `${nameOf(engine)}-rw`, organization_id: organizationId })
      expect(await ended(engine.create())).to.equal('conflict')
      await engine.remove()
      expect((await fake.state()).applications).to.have.length(1)
    })

    it('that somebody removed are told, and an update makes them anew', async () => {
      const engine = await made()
      const lost = await engine.bind(freshLogin())
      const [first] = (await fake.state()).applications
      await fake.removeApplication(first?.id ?? '')
      expect(await ended(engine.bind(freshLogin()))).to.equal('not-found')
      await engine.update(engine.book.order)
      await boundBucket(await engine.bind(freshLogin())).put('key', 'value')
      expect(await ended(boundBucket(lost).get('key'))).to.equal('denied')
      const { applications, policies } = await fake.state()
      expect(policies.map(({ application }) => application)).to.have.members(applications.map(({ id }) => id))
    })

    it('may be unknown to IAM and to buckets for a while after they were made', async () => {
      await fake.setScene({ strangers: 2, strangePrincipals: 2 })
      const engine = await made()
      const { applications, policies } = await fake.state()
      expect([applications.length, policies.length]).to.deep.equal([2, 2])
      await fake.setScene({})
      await engine.remove()
    })
  })

  describe('keys', () => {
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
      expect((await fake.state()).apiKeys.map(({ description }) => description)).to.deep.equal([
        `portolan ${logins[0]?.name}`
      ])
    })

    it('whose answer was lost are removed, also by an unbind that comes instead of a second bind', async () => {
      const engine = await made()
      await fake.setScene({
        hiddenSeconds: 1,
        lost: [{ method: 'POST', path: '/api-keys', when: 'after', times: 1 }]
      })
      const login = freshLogin()
      const lost = driver.bind?.(handleOf(engine), login, {}, undefined, callAt())
      expect(await failure(lost)).to.include({ kind: 'unavailable', mayHaveHappened: true })
      expect((await fake.state()).apiKeys).to.have.length(1)
      await engine.unbind(login)
      expect((await fake.state()).apiKeys).to.deep.equal([])
    })

    it('over the quota are told as such', async () => {
      const engine = await made()
      await fake.setScene({ iamQuota: 0 })
      const told = await failure(engine.bind(freshLogin()))
      expect(told.kind).to.equal('quota')
      expect(told.message).to.contain('IamApiKeys')
    })

    it('may need a while until they open anything', async () => {
      const engine = await made()
      await fake.setScene({ lateKeys: 1 })
      const credentials = await engine.bind(freshLogin())
      expect(await ended(boundBucket(credentials).versions())).to.equal('denied')
      expect(await ended(boundBucket(credentials).versions())).to.equal('done')
    })
  })

  describe('for portolan doctor', () => {
    const findings = async (change: JsonObject = {}) => {
      const all = await adapter.open({ ...fake.settings, regions: ['fr-par'], ...change }).inspect?.(callAt())
      return all
        ?.filter(({ subject }) => subject.startsWith('object storage'))
        .map(({ level, subject, text, remedy }) => `${level} ${subject}: ${remedy ?? text}`)
    }
    const settings = (change: JsonObject) => ({
      objectStorage: { ...(fake.settings['objectStorage'] as JsonObject), ...change }
    })

    it('says that everything is there, and how much is used', async () => {
      await made()
      expect(await findings()).to.deep.equal([
        'ok object storage of fr-par: 1 buckets in the project',
        'ok object storage, IAM: 3 applications in the organisation',
        'ok object storage, IAM: 3 policies in the organisation',
        'ok object storage, IAM: 1 api keys in the organisation'
      ])
    })

    it('names what the key lacks', async () => {
      await fake.setScene({ noIam: true })
      expect(await findings()).to.include(
        'refused object storage, IAM: give the key IAMApplicationManager and IAMPolicyManager in the organisation'
      )
      const [bucketsRefused] = (await findings({ projectId: 'another' })) ?? []
      expect(bucketsRefused).to.equal(
        'refused object storage of fr-par: give the key ObjectStorageFullAccess in the project'
      )
    })

    it('tells an access key of nobody, and another organisation', async () => {
      const unknown = await findings(settings({ accessKey: 'SCW00000000000000000' }))
      expect(unknown?.[0]).to.match(/^refused object storage of fr-par: /)
      expect(unknown?.[1]).to.match(/^refused object storage, IAM: access_key at Scaleway is not there/)
      const [, other] = (await findings(settings({ organizationId: 'another' }))) ?? []
      expect(other).to.match(/^refused object storage, IAM: set objectStorage.organizationId to 4444/)
    })

    it('says why there are no buckets where the settings for them are missing', async () => {
      const { objectStorage: _objectStorage, ...without } = fake.settings
      expect(Object.keys(adapter.open(without).drivers)).to.not.include('object-storage')
      const all = await adapter.open({ ...without, regions: ['fr-par'] }).inspect?.(callAt())
      const [finding] = all?.filter(({ subject }) => subject === 'object storage') ?? []
      expect(finding).to.deep.include({ level: 'warning' })
      expect(finding?.text).to.contain('objectStorage.accessKey')
    })
  })
})
