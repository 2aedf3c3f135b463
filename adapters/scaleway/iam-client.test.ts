import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { failureOf } from '../../test/support/failures.ts'
import { httpCall } from '../../test/support/http-call.ts'
import { fixture as fixtureAt, useProviderMock } from '../../test/support/provider-mock.ts'
import { sender } from './client.ts'
import { openIamClient } from './iam-client.ts'
import { adapter } from './index.ts'
import { policyOf } from './object-storage/policy.ts'

const PROJECT = '11111111-1111-4111-8111-111111111111'
const ORGANIZATION = '44444444-4444-4444-8444-444444444444'
const BROKER = '33333333-3333-4333-8333-333333333333'
const APPLICATION = 'e3e9e078-0000-4000-8000-000000000003'
const POLICY = 'e3e9e078-0000-4000-8000-000000000004'
const READER = 'e3e9e078-0000-4000-8000-000000000006'
const ROOT = '/iam/v1alpha1'
const NAME = 'paaaaaaaaaaaaaaaaaaaa'
const KEY = 'SCWAAAAAAAAAAAAAAAAA'
const TAGS = ['portolan', 'portolan-broker=broker-1', 'portolan-resource=resource-1', 'portolan-generation=1']

const fixture = (name: string) => fixtureAt(import.meta.url, `fixtures/${name}.json`) as JsonObject

const handle = {
  v: 1,
  name: NAME,
  mark: { broker: 'broker-1', resource: 'resource-1', generation: 1 },
  region: 'fr-par',
  stage: 'made',
  applications: { 'read-write': APPLICATION, 'read-only': READER },
  rights: { 'read-write': POLICY, 'read-only': POLICY },
  broker: `application_id:${BROKER}`
} as const

async function all<T>(found: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = []
  for await (const each of found) items.push(each)
  return items
}

describe('IAM at scaleway, to the byte', () => {
  const mock = useProviderMock('https://api.scaleway.com')
  const iam = openIamClient(
    sender({ apiUrl: 'https://api.scaleway.com', secretKey: 'the-key' }),
    ORGANIZATION
  )
  const sends = { 'x-auth-token': 'the-key', accept: 'application/json' }
  const query = { organization_id: ORGANIZATION, page: '1', page_size: '100', order_by: 'created_at_asc' }
  const get = (path: string, filter: Readonly<Record<string, string>>) => ({
    method: 'GET' as const,
    path: `${ROOT}${path}`,
    query: { ...query, ...filter },
    sends
  })
  const listed = (key: string, ...items: readonly JsonObject[]) => ({
    status: 200,
    body: { [key]: items, total_count: items.length }
  })

  it('makes an application', async () => {
    mock.expect(
      {
        method: 'POST',
        path: `${ROOT}/applications`,
        body: fixture('iam-application-create-request'),
        sends
      },
      { status: 200, body: fixture('iam-application-create') }
    )
    expect(await iam.createApplication(httpCall(), `${NAME}-rw`, TAGS)).to.deep.equal({
      id: APPLICATION,
      name: `${NAME}-rw`,
      tags: TAGS,
      createdAt: '2026-11-24T10:00:00.123456Z',
      organizationId: ORGANIZATION
    })
  })

  it('gives it rights in one project', async () => {
    const request = { method: 'POST' as const, path: `${ROOT}/policies`, sends }
    mock.expect(
      { ...request, body: fixture('iam-policy-create-request') },
      { status: 200, body: fixture('iam-policy-create') }
    )
    const made = await iam.createPolicy(httpCall(), {
      name: `${NAME}-rw`,
      tags: TAGS,
      applicationId: APPLICATION,
      projectId: PROJECT,
      permissionSets: ['ObjectStorageObjectsRead', 'ObjectStorageObjectsWrite', 'ObjectStorageObjectsDelete']
    })
    expect(made).to.deep.include({ id: POLICY, applicationId: APPLICATION })
  })

  it('makes a key, whose secret is told then and never again', async () => {
    mock.expect(
      { method: 'POST', path: `${ROOT}/api-keys`, body: fixture('iam-api-key-create-request'), sends },
      { status: 200, body: fixture('iam-api-key-create') }
    )
    const made = await iam.createApiKey(httpCall(), APPLICATION, PROJECT, `portolan b${NAME.slice(1)}`)
    expect(made).to.deep.equal({ accessKey: KEY, secretKey: 'e3e9e078-0000-4000-8000-000000000005' })
    const later = { ...fixture('iam-api-key-create'), secret_key: null }
    mock.expect({ method: 'GET', path: `${ROOT}/api-keys/${KEY}`, sends }, { status: 200, body: later })
    expect(await iam.apiKey(httpCall(), KEY)).to.deep.equal({
      accessKey: KEY,
      description: 'portolan baaaaaaaaaaaaaaaaaaaa',
      bearer: { kind: 'application', id: APPLICATION }
    })
    const { application_id: _application, ...persons } = later as JsonObject
    mock.expect(
      { method: 'GET', path: `${ROOT}/api-keys/${KEY}`, sends },
      { status: 200, body: { ...persons, user_id: BROKER } }
    )
    expect((await iam.apiKey(httpCall(), KEY)).bearer).to.deep.equal({ kind: 'user', id: BROKER })
  })

  it('tells no secret when an answer is not what it should be', async () => {
    const { access_key: _access, ...broken } = fixture('iam-api-key-create')
    mock.expect(
      { method: 'POST', path: `${ROOT}/api-keys`, body: fixture('iam-api-key-create-request') },
      { status: 200, body: broken }
    )
    const told = await failureOf(
      iam.createApiKey(httpCall(), APPLICATION, PROJECT, 'portolan baaaaaaaaaaaaaaaaaaaa')
    )
    expect(told.kind).to.equal('unexpected')
    expect(told.message).to.not.contain(String(broken['secret_key']))
  })

  it('lists by name, by tag and by bearer', async () => {
    const application = fixture('iam-application-create')
    mock.expect(get('/applications', { name: NAME }), listed('applications', application))
    expect(await all(iam.applications(httpCall(), { name: NAME }))).to.have.length(1)
    mock.expect(get('/applications', { tag: 'a=b' }), listed('applications'))
    expect(await all(iam.applications(httpCall(), { tag: 'a=b' }))).to.deep.equal([])
    mock.expect(get('/policies', { policy_name: NAME }), listed('policies', fixture('iam-policy-create')))
    expect(await all(iam.policies(httpCall(), { name: NAME }))).to.have.length(1)
    mock.expect(get('/policies', { tag: 'a=b' }), listed('policies'))
    expect(await all(iam.policies(httpCall(), { tag: 'a=b' }))).to.deep.equal([])
    mock.expect(get('/api-keys', { bearer_id: READER }), listed('api_keys', fixture('iam-api-key-create')))
    expect((await all(iam.apiKeys(httpCall(), READER))).map(({ accessKey }) => accessKey)).to.deep.equal([
      KEY
    ])
  })

  it('counts with one small page', async () => {
    for (const [collection, key] of [
      ['applications', 'applications'],
      ['policies', 'policies'],
      ['api-keys', 'api_keys']
    ] as const) {
      mock.expect(get(`/${collection}`, { page_size: '1' }), {
        status: 200,
        body: { [key]: [{}], total_count: 7 }
      })
      expect(await iam.count(httpCall(), collection)).to.equal(7)
    }
  })

  it('removes each by its id', async () => {
    for (const [path, work] of [
      [`/applications/${APPLICATION}`, () => iam.deleteApplication(httpCall(), APPLICATION)],
      [`/policies/${POLICY}`, () => iam.deletePolicy(httpCall(), POLICY)],
      [`/api-keys/${KEY}`, () => iam.deleteApiKey(httpCall(), KEY)]
    ] as const) {
      mock.expect({ method: 'DELETE', path: `${ROOT}${path}`, sends }, { status: 204 })
      await work()
    }
  })

  describe('a binding', () => {
    const login = { name: 'baaaaaaaaaaaaaaaaaaaa', password: 'p' }
    const objectStorage = { accessKey: 'SCWPORTOLANBROKER000', organizationId: ORGANIZATION }
    const settings = { secretKey: 'the-key', projectId: PROJECT, objectStorage }
    const driver = adapter.open(settings).drivers['object-storage']
    const application = () =>
      mock.expect(
        { method: 'GET', path: `${ROOT}/applications/${APPLICATION}`, sends },
        { status: 200, body: fixture('iam-application-create') }
      )
    const keys = (...items: readonly JsonObject[]) =>
      mock.expect(get('/api-keys', { bearer_id: APPLICATION }), listed('api_keys', ...items))
    const makes = () =>
      mock.expect(
        { method: 'POST', path: `${ROOT}/api-keys`, body: fixture('iam-api-key-create-request'), sends },
        { status: 200, body: fixture('iam-api-key-create') }
      )
    const removes = (status: number) =>
      mock.expect(
        { method: 'DELETE', path: `${ROOT}/api-keys/${KEY}`, sends },
        status === 204 ? { status } : { status, body: fixture('error-not-found') }
      )
    const bind = (soFar?: object, attempt = 1, now = '2026-11-24T10:00:00Z') =>
      driver?.bind?.(handle, login, {}, soFar as never, httpCall({ attempt, now: new Date(now) }))

    it('is a new key', async () => {
      application()
      keys({ ...fixture('iam-api-key-create'), description: 'portolan bbbbbbbbbbbbbbbbbbbbb' })
      makes()
      expect(await bind(undefined)).to.deep.equal({
        state: 'ready',
        grant: {
          handle: { v: 1 },
          login: { name: KEY, password: 'e3e9e078-0000-4000-8000-000000000005' }
        }
      })
    })

    it('takes the place of a key whose answer was lost', async () => {
      application()
      keys(fixture('iam-api-key-create'))
      removes(204)
      makes()
      expect((await bind(undefined, 2))?.state).to.equal('ready')
    })

    it('waits for what may still become visible, and does not take a list for it that is behind', async () => {
      const since = { handle: { v: 1, quietSince: '2026-11-24T10:00:00.000Z' } }
      for (const seen of [false, true]) {
        application()
        keys(...(seen ? [fixture('iam-api-key-create')] : []))
        if (seen) removes(404)
        const bound = await bind(undefined, 2)
        expect(bound).to.deep.equal({ state: 'pending', grant: since, lookAgainInSeconds: 30 })
      }
      application()
      keys()
      const early = await bind(since, 1, '2026-11-24T10:00:20Z')
      expect(early).to.deep.equal({ state: 'pending', grant: since, lookAgainInSeconds: 10 })
      application()
      keys()
      makes()
      expect((await bind(since, 1, '2026-11-24T10:00:30Z'))?.state).to.equal('ready')
    })

    it('goes with its key, also where no list shows it', async () => {
      const grant = { handle: { v: 1 }, login: { name: KEY, password: 's' } } as const
      application()
      keys()
      mock.expect(
        { method: 'GET', path: `${ROOT}/applications/${READER}`, sends },
        { status: 404, body: fixture('error-not-found') }
      )
      removes(204)
      await driver?.unbind?.(handle, login, grant, httpCall())
    })

    it('is told where its bucket is, for the broker in the project of the settings', async () => {
      expect(await driver?.access?.(handle, httpCall())).to.deep.equal({
        kind: 'object-storage',
        endpoint: 'https://s3.fr-par.scw.cloud',
        region: 'fr-par',
        bucket: NAME,
        accessKeyId: `SCWPORTOLANBROKER000@${PROJECT}`,
        secretAccessKey: 'the-key',
        network: 'public'
      })
    })
  })

  it('names who may do what in a bucket', () => {
    const policy = policyOf(NAME, handle.broker, handle.applications)
    expect(JSON.stringify(policy)).to.equal(JSON.stringify(fixture('bucket-policy')))
    const closed = policyOf(NAME, handle.broker, {})
    expect(closed['Statement']).to.deep.equal([(policy['Statement'] as readonly JsonObject[])[0]])
  })
})
