import { expect } from 'chai'
import { failureOf } from '../../../test/support/failures.ts'
import { httpCall } from '../../../test/support/http-call.ts'
import { useProviderMock } from '../../../test/support/provider-mock.ts'
import { openClient } from '../client.ts'
import { PROJECT } from '../fake/start-fake.ts'
import { fixture } from '../fake/wire.ts'
import { readSettings } from '../settings.ts'

describe('object storage of OVHcloud, to the byte', () => {
  const tokens = useProviderMock('https://www.ovh.com')
  const mock = useProviderMock('https://eu.api.ovh.com')
  const project = `/1.0/cloud/project/${PROJECT}`
  const user = `${project}/user/12345`
  const storage = `${project}/region/GRA/storage`
  let client: ReturnType<typeof openClient>

  beforeEach(() => {
    client = openClient(readSettings({ project: PROJECT, clientId: 'EU.me', clientSecret: 'secret' }))
    const form = {
      grant_type: 'client_credentials',
      client_id: 'EU.me',
      client_secret: 'secret',
      scope: 'all'
    }
    const answer = { status: 200, body: fixture('token') }
    tokens.expect({ method: 'POST', path: '/auth/oauth2/token', body: form }, answer)
  })

  it('makes users, whose keys it can read again, and says what they may', async () => {
    const call = httpCall()
    const shown = fixture('user-create')
    const wanted = { description: 'portolan b', role: 'objectstore_operator' }
    mock.expect({ method: 'POST', path: `${project}/user`, body: wanted }, { status: 200, body: shown })
    const expected = { id: 12345, description: 'portolan b', status: 'creating' }
    expect(await client.createUser(call, 'portolan b')).to.deep.equal(expected)
    mock.expect({ method: 'GET', path: `${project}/user` }, { status: 200, body: [shown] })
    expect(await client.users(call)).to.deep.equal([expected])

    const keys = fixture('s3-credentials-create')
    mock.expect({ method: 'POST', path: `${user}/s3Credentials` }, { status: 200, body: keys })
    expect(await client.createKeys(call, 12345)).to.deep.equal({
      accessKeyId: '0123456789abcdef',
      secretAccessKey: 'made-up-secret'
    })
    const listed = { status: 200, body: [{ access: '0123456789abcdef', tenantId: 't', userId: 'u' }] }
    mock.expect({ method: 'GET', path: `${user}/s3Credentials` }, listed)
    expect(await client.keyIds(call, 12345)).to.deep.equal(['0123456789abcdef'])
    const secret = { status: 200, body: { secret: 'made-up-secret' } }
    mock.expect({ method: 'POST', path: `${user}/s3Credentials/0123456789abcdef/secret` }, secret)
    expect(await client.secretOf(call, 12345, '0123456789abcdef')).to.equal('made-up-secret')

    const policy = { Statement: [] }
    const body = { policy: '{"Statement":[]}' }
    mock.expect({ method: 'POST', path: `${user}/policy`, body }, { status: 204 })
    await client.setPolicy(call, 12345, policy)
    mock.expect({ method: 'DELETE', path: `${user}/s3Credentials/0123456789abcdef` }, { status: 204 })
    await client.removeKeys(call, 12345, '0123456789abcdef')
    mock.expect({ method: 'DELETE', path: user }, { status: 204 })
    await client.removeUser(call, 12345)
  })

  it('makes buckets of an owner, finds and removes them', async () => {
    const call = httpCall()
    const wanted = { name: 'pbucket', ownerId: 12345, tags: { portolan: 'mark' } }
    const shown = { status: 200, body: fixture('storage-create') }
    mock.expect({ method: 'POST', path: storage, body: wanted }, shown)
    const expected = { name: 'pbucket', tags: { portolan: 'mark' } }
    expect(await client.createBucket(call, 'GRA', wanted)).to.deep.equal(expected)
    mock.expect({ method: 'GET', path: `${storage}/pbucket`, query: { limit: '0' } }, shown)
    expect(await client.bucket(call, 'GRA', 'pbucket')).to.deep.equal(expected)
    mock.expect({ method: 'GET', path: storage }, { status: 200, body: [fixture('storage-create')] })
    expect(await client.buckets(call, 'GRA')).to.deep.equal([expected])
    mock.expect({ method: 'DELETE', path: `${storage}/pbucket` }, { status: 204 })
    await client.removeBucket(call, 'GRA', 'pbucket')
  })

  it('waits for a user whom the object storage has not heard of', async () => {
    const wanted = { name: 'pbucket', ownerId: 12345, tags: {} }
    const answer = { status: 404, body: fixture('error-unknown-owner') }
    mock.expect({ method: 'POST', path: storage, body: wanted }, answer)
    mock.expect({ method: 'POST', path: `${user}/s3Credentials` }, answer)
    mock.expect({ method: 'POST', path: `${user}/policy`, body: { policy: '{}' } }, answer)
    for (const attempt of [
      () => client.createBucket(httpCall(), 'GRA', wanted),
      () => client.createKeys(httpCall(), 12345),
      () => client.setPolicy(httpCall(), 12345, {})
    ]) {
      const told = { kind: 'unavailable', mayHaveHappened: false, retryAfterSeconds: 5 }
      expect(await failureOf(attempt())).to.include(told)
    }
  })

  it('says that the name of a bucket is taken', async () => {
    const wanted = { name: 'pbucket', ownerId: 12345, tags: {} }
    const answer = { status: 409, body: fixture('error-bucket-taken') }
    mock.expect({ method: 'POST', path: storage, body: wanted }, answer)
    expect((await failureOf(client.createBucket(httpCall(), 'GRA', wanted))).kind).to.equal('conflict')
  })
})
