import { expect } from 'chai'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { isObject, numberAt, textAt } from '../../src/contract/read.ts'
import { bucketAt } from '../../test/support/buckets.ts'
import { fixture } from '../../test/support/provider-mock.ts'
import { type ObjectStore, objectStore } from '../../test/support/radosgw.ts'
import { sharedFakeWithStore } from './fake/bucket-bench.ts'
import type { FakeOvhcloud } from './fake/start-fake.ts'

const POLICY = { Statement: [{ Sid: 'x', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['*'] }] }

describe('the object storage of the fake of OVHcloud', function () {
  this.timeout(20_000)
  let store: ObjectStore
  let fake: FakeOvhcloud
  let headers: Record<string, string> = {}

  before(async function () {
    this.timeout(180_000)
    store = await objectStore()
    fake = await sharedFakeWithStore()
  })
  beforeEach(async () => {
    await fake.reset()
    await fake.setScene({ looks: 2 })
    headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' }
  })

  async function token(): Promise<string> {
    const { clientId, clientSecret } = fake.settings
    const form = {
      grant_type: 'client_credentials',
      scope: 'all',
      client_id: String(clientId),
      client_secret: String(clientSecret)
    }
    const answer = await fetch(`${fake.url}/auth/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString()
    })
    return textAt((await answer.json()) as JsonObject, 'access_token')
  }

  async function ask(method: string, path: string, body?: Json) {
    const answer = await fetch(`${fake.url}/1.0/cloud/project/${String(fake.settings['project'])}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const told = (await answer.json()) as Json
    return { status: answer.status, body: told, class: isObject(told) ? told['class'] : undefined }
  }

  function objectOf(json: Json): JsonObject {
    if (!isObject(json)) throw new Error(`no object: ${JSON.stringify(json)}`)
    return json
  }

  async function user(): Promise<number> {
    const wanted = { description: 'somebody', role: 'objectstore_operator' }
    return numberAt(objectOf((await ask('POST', '/user', wanted)).body), 'id')
  }

  async function readyUser(): Promise<number> {
    const id = await user()
    for (let looks = 0; looks < 2; looks++) await ask('GET', '/user')
    return id
  }

  const bucketOf = (ownerId: number, more: JsonObject = {}) => ({
    name: 'bucket-of-it',
    ownerId,
    tags: {},
    ...more
  })

  it('answers in the shape of the specification', async () => {
    const shown = objectOf(fixture(import.meta.url, 'fixtures/user-create.json'))
    const { body } = await ask('POST', '/user', { description: 'x', role: 'objectstore_operator' })
    expect(Object.keys(objectOf(body))).to.have.members(Object.keys(shown))
    const id = await readyUser()
    const keys = objectOf(fixture(import.meta.url, 'fixtures/s3-credentials-create.json'))
    const made = await ask('POST', `/user/${id}/s3Credentials`)
    expect(Object.keys(objectOf(made.body))).to.have.members(Object.keys(keys))
    const bucket = objectOf(fixture(import.meta.url, 'fixtures/storage-create.json'))
    const told = await ask('POST', '/region/GRA/storage', bucketOf(id))
    expect(Object.keys(objectOf(told.body))).to.have.members(Object.keys(bucket))
  })

  it('makes users that are ready when they were looked at, and shows a password once', async () => {
    const id = await user()
    const listed = async () => {
      const { body } = await ask('GET', '/user')
      const all = (body as readonly JsonObject[]).filter((each) => each['id'] === id)
      return all.map(({ status, password }) => [status, password])
    }
    expect((await ask('POST', `/user/${id}/s3Credentials`)).status).to.equal(400)
    expect((await ask('POST', `/user/${id}/policy`, { policy: JSON.stringify(POLICY) })).status).to.equal(400)
    expect((await ask('DELETE', `/user/${id}`)).status).to.equal(400)
    expect(await listed()).to.deep.equal([['creating', undefined]])
    await listed()
    expect(await listed()).to.deep.equal([['ok', undefined]])
    await ask('DELETE', `/user/${id}`)
    expect(await listed()).to.deep.equal([['deleting', undefined]])
    await listed()
    expect(await listed()).to.deep.equal([])
  })

  it('tells a secret again, and lets keys work until they or their user are gone', async () => {
    const id = await readyUser()
    await ask('POST', '/region/GRA/storage', bucketOf(id))
    const keys = objectOf((await ask('POST', `/user/${id}/s3Credentials`)).body)
    const [access, secret] = [textAt(keys, 'access'), textAt(keys, 'secret')]
    expect((await ask('POST', `/user/${id}/s3Credentials/${access}/secret`)).body).to.deep.equal({ secret })
    const { endpoint } = store
    const bucket = bucketAt({
      kind: 'object-storage',
      endpoint,
      region: 'gra',
      bucket: 'bucket-of-it',
      accessKeyId: access,
      secretAccessKey: secret,
      pathStyle: true,
      network: 'private'
    })
    await bucket.put('key', 'value')
    await ask('DELETE', `/user/${id}`)
    await bucket.get('key')
    expect((await ask('DELETE', '/region/GRA/storage/bucket-of-it')).status).to.equal(400)
    for (let looks = 0; looks < 2; looks++) await ask('GET', '/user')
    expect(await bucket.head().catch((error: Error) => error.message)).to.contain('403')
  })

  it('refuses what OVHcloud would', async () => {
    const id = await readyUser()
    const other = await user()
    await ask('POST', '/region/GRA/storage', bucketOf(id, { name: 'taken' }))
    const statement = (change: JsonObject) => ({
      policy: JSON.stringify({ Statement: [{ ...POLICY.Statement[0], ...change }] })
    })
    const refused: readonly (readonly [string, string, Json | undefined, number, string])[] = [
      ['POST', '/user', { description: 'x' }, 400, 'BadRequest'],
      ['POST', '/user', { description: 'x', role: 'king' }, 404, 'NotFound::RoleNotFound'],
      ['POST', '/user', { description: 'x', role: 'objectstore_operator', name: 'x' }, 400, 'BadRequest'],
      ['PUT', '/user', {}, 404, 'NotFound'],
      ['GET', `/user/${id}`, undefined, 404, 'NotFound'],
      ['GET', `/user/${id}/openrc`, undefined, 404, 'NotFound'],
      ['DELETE', '/user/1', undefined, 404, 'NotFound::UserNotFound'],
      ['POST', `/user/${id}/policy`, { policy: POLICY }, 400, 'BadRequest'],
      ['POST', `/user/${id}/policy`, { policy: '{}' }, 400, 'BadRequest'],
      ['POST', `/user/${id}/policy`, statement({ Effect: 'Maybe' }), 400, 'BadRequest'],
      ['POST', `/user/${id}/policy`, statement({ Action: 's3:GetObjectVersion' }), 400, 'BadRequest'],
      ['POST', `/user/${id}/policy`, statement({ Resource: ['bucket'] }), 400, 'BadRequest'],
      ['POST', `/user/${id}/policy`, statement({ Principal: '*' }), 400, 'BadRequest'],
      ['POST', `/user/${id}/s3Credentials/none/secret`, undefined, 404, 'NotFound'],
      ['GET', '/region/MARS/storage', undefined, 404, 'NotFound::RegionNotFound'],
      ['GET', '/region/GRA/storage?limit=0', undefined, 400, 'BadRequest'],
      ['GET', '/region/GRA/storage/none?limit=0', undefined, 404, 'NotFound'],
      ['GET', '/region/SBG/storage/taken', undefined, 404, 'NotFound'],
      ['PUT', '/region/GRA/storage/taken', {}, 404, 'NotFound'],
      ['POST', '/region/GRA/storage', bucketOf(id, { name: 'taken' }), 409, 'Conflict'],
      ['POST', '/region/GRA/storage', bucketOf(id, { name: 'Bad_Name' }), 400, 'BadRequest'],
      ['POST', '/region/GRA/storage', bucketOf(other), 404, 'NotFound'],
      ['POST', '/region/GRA/storage', bucketOf(id, { tags: { a: 1 } }), 400, 'BadRequest'],
      ['POST', '/region/GRA/storage', bucketOf(id, { acl: 'public' }), 400, 'BadRequest']
    ]
    for (const [method, path, body, status, name] of refused) {
      const answer = await ask(method, path, body)
      const what = `${method} ${path} ${JSON.stringify(body)}`
      expect([answer.status, answer.class], what).to.deep.equal([status, `Client::${name}`])
    }
  })

  it('has as many buckets as it is told, answers 500 to what worked, and shows new things late', async () => {
    const id = await readyUser()
    await fake.setScene({ looks: 1, buckets: 0 })
    const full = await ask('POST', '/region/GRA/storage', bucketOf(id))
    expect(objectOf(full.body)['message']).to.contain('Quota')
    await fake.setScene({ looks: 1, failedPosts: 2, hiddenSeconds: 30 })
    expect((await ask('POST', '/region/GRA/storage', bucketOf(id))).status).to.equal(500)
    expect((await ask('POST', `/user/${id}/s3Credentials`)).status).to.equal(500)
    expect((await ask('GET', '/region/GRA/storage')).body).to.deep.equal([])
    await fake.advance(30)
    expect((await ask('GET', '/region/GRA/storage')).body).to.have.length(1)
    expect((await ask('GET', `/user/${id}/s3Credentials`)).body).to.have.length(1)
  })

  it('forgets everything when it is told to, in the store too', async () => {
    const id = await readyUser()
    await ask('POST', '/region/GRA/storage', bucketOf(id))
    await fake.reset()
    const { users, buckets } = await fake.state()
    expect({ users, buckets }).to.deep.equal({ users: [], buckets: [] })
  })
})
