import { expect } from 'chai'
import type { Order } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { httpPort } from '../../src/transport/http.ts'
import { noPorts } from '../../test/conformance/ports.ts'
import { fixture as fixtureAt, useProviderMock } from '../../test/support/provider-mock.ts'
import { openClient } from './client.ts'
import { failureFrom } from './errors.ts'
import { adapter } from './index.ts'
import { descriptionOf, readDescription } from './mark.ts'
import { READER } from './redis-rights.ts'
import { readSettings } from './settings.ts'
import { asciiJson, signatureOf } from './signature.ts'

const PROJECT = '0123456789abcdef0123456789abcdef'
const ID = '9f3c1d2e-0000-4000-8000-000000000001'
const USER = '5c1b0e6e-0000-4000-8000-000000000001'
const ROOT = `/1.0/cloud/project/${PROJECT}/database/postgresql`
const AT = `${ROOT}/${ID}`
const NOW = new Date('2026-11-24T10:00:00Z')

const fixture = (name: string): Json => fixtureAt(import.meta.url, `fixtures/${name}.json`)

const order: Order = {
  name: 'paaaaaaaaaaaaaaaaaaaa',
  mark: { broker: 'broker-1', resource: 'resource-1', generation: 1 },
  region: 'GRA',
  plan: { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 },
  parameters: {},
  labels: {},
  allowFrom: ['192.0.2.0/24', '198.51.100.7/32'],
  secret: (label) => `secret-of-${label}`
}

const chosen = { v: 1, region: 'GRA', name: order.name, ...order.mark, diskGb: 80 } as const
const made = { ...chosen, id: ID, seen: true, password: 'AVNS_made-up', made: true } as const

const KEYS = {
  applicationKey: '7kbG7Bk7S9Nt7ZSV',
  applicationSecret: 'EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF',
  consumerKey: 'MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1'
}

interface Noted {
  readonly text: string
  readonly facts: JsonObject | undefined
}

function callAt(now: Date, notes: Noted[] = []): Call {
  const signal = new AbortController().signal
  return {
    signal,
    now,
    attempt: 1,
    ...noPorts('a client only asks over HTTP'),
    http: httpPort({ signal, network: 'public' }),
    note: (text, facts) => void notes.push({ text, facts })
  }
}

async function failure(promise: Promise<unknown> | undefined): Promise<ProviderFailure> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ProviderFailure) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('a signature of OVHcloud', () => {
  const signed = { ...KEYS, timestamp: 1366560945 }

  for (const [method, url, body, expected] of [
    ['GET', 'https://eu.api.ovh.com/1.0/domains/', '', '$1$d3705e8afb27a0d2970a322b96550abfc67bb798'],
    ['GET', `https://eu.api.ovh.com${ROOT}`, '', '$1$987f4525147fabcc8c9e26602f3a1c79d26aeeeb'],
    [
      'POST',
      `https://eu.api.ovh.com/1.0/cloud/project/${PROJECT}/user`,
      '{"description":"osb:6f1c","role":"objectstore_operator"}',
      '$1$746ea235344e41a5447161b086894b16cf633410'
    ]
  ] as const) {
    it(`of ${method} ${url} is the one that others make`, () => {
      expect(signatureOf({ ...signed, method, url, body })).to.equal(expected)
    })
  }

  it('is over ASCII only', () => {
    expect(asciiJson({ description: 'é €\u{1f600}' })).to.equal(
      '{"description":"\\u00e9 \\u20ac\\ud83d\\ude00"}'
    )
  })
})

describe('a description of OVHcloud', () => {
  it('carries name and mark, and nothing else does', () => {
    const mark = { broker: 'a broker/1', resource: 'r-1', generation: 12 }
    const text = descriptionOf(order.name, mark)
    expect(readDescription(text)).to.deep.equal({ name: order.name, mark })
    for (const other of ['', 'portolan', `${text} `, text.replace('12', '012'), text.replace('p', 'P')]) {
      expect(readDescription(other), other).to.equal(undefined)
    }
  })
})

const NETWORK = {
  networkId: '3b0c2f6e-0000-4000-8000-000000000001',
  subnetId: '3b0c2f6e-0000-4000-8000-000000000002'
}

describe('ovhcloud with application keys, to the byte', () => {
  const mock = useProviderMock('https://eu.api.ovh.com')
  const open = () => adapter.open({ project: PROJECT, ...KEYS }).drivers['postgresql']
  const AHEAD = 100
  const timestamp = NOW.getTime() / 1000 + AHEAD
  const accept = { accept: 'application/json' }

  function sends(method: string, path: string, body = '', at = timestamp) {
    const url = `https://eu.api.ovh.com${path}`
    return {
      ...accept,
      'x-ovh-application': KEYS.applicationKey,
      'x-ovh-consumer': KEYS.consumerKey,
      'x-ovh-timestamp': String(at),
      'x-ovh-signature': signatureOf({ ...KEYS, method, url, body, timestamp: at }),
      ...(body === '' ? {} : { 'content-type': 'application/json;charset=utf-8' })
    }
  }

  function expectTime(seconds: number = timestamp) {
    mock.expect({ method: 'GET', path: '/1.0/auth/time', sends: accept }, { status: 200, body: seconds })
  }

  function expectCall(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    answer: { status: number; body?: Json | string; headers?: Record<string, string> },
    body?: Json
  ) {
    const text = body === undefined ? '' : JSON.stringify(body)
    mock.expect(
      { method, path, sends: sends(method, path, text), ...(body === undefined ? {} : { body }) },
      answer
    )
  }

  function ready(extra: JsonObject = {}) {
    const body = { ...(fixture('postgresql-get-ready') as JsonObject), ...extra }
    expectCall('GET', AT, { status: 200, body })
  }

  it('chooses without a request', async () => {
    const sighting = await open()?.create(order, undefined, callAt(NOW))
    expect(sighting).to.deep.equal({ state: 'pending', handle: chosen, lookAgainInSeconds: 0 })
  })

  it('asks the time once, and for a service that lets in whom it should', async () => {
    expectTime()
    expectCall('GET', ROOT, { status: 200, body: [] })
    const body = fixture('postgresql-create-request')
    expectCall('POST', ROOT, { status: 200, body: fixture('postgresql-create') }, body)
    const sighting = await open()?.create(order, chosen, callAt(NOW))
    expect(sighting).to.deep.include({ state: 'pending', handle: { ...chosen, id: ID } })
  })

  it('asks for one in the private network of the region, and lets in whom it should there, too', async () => {
    const plan = { ...order.plan, privateNetwork: true }
    const driver = adapter.open({ project: PROJECT, ...KEYS, privateNetworks: { GRA: NETWORK } }).drivers
    const first = await driver['postgresql']?.create({ ...order, plan }, undefined, callAt(NOW))
    expect(first).to.deep.include({ state: 'pending', handle: { ...chosen, ...NETWORK } })
    expectTime()
    expectCall('GET', ROOT, { status: 200, body: [] })
    const { ipRestrictions, ...rest } = fixture('postgresql-create-request') as JsonObject
    const body = { ...rest, ...NETWORK, ipRestrictions: ipRestrictions ?? null }
    expectCall('POST', ROOT, { status: 200, body: fixture('postgresql-create') }, body)
    const handle = { ...chosen, ...NETWORK }
    await driver['postgresql']?.create({ ...order, plan }, handle, callAt(NOW))
  })

  it('gets in at an address of a private network, whatever else has to be public', async () => {
    expectTime()
    ready(NETWORK)
    expectCall('GET', `${AT}/certificates`, { status: 200, body: fixture('postgresql-certificates') })
    const access = await open()?.access?.({ ...made, ...NETWORK }, callAt(NOW))
    expect(access).to.deep.include({ network: 'private' })
  })

  it('orders nothing in a region without a private network where the plan wants one', async () => {
    const plan = { ...order.plan, privateNetwork: true }
    const told = await failure(open()?.create({ ...order, plan }, undefined, callAt(NOW)))
    expect(told.kind).to.equal('invalid')
    expect(told.message).to.contain('privateNetworks').and.contain('"GRA"')
  })

  it('asks the time again when its signature is late', async () => {
    expectTime(timestamp - 500)
    mock.expect(
      { method: 'GET', path: ROOT, sends: sends('GET', ROOT, '', timestamp - 500) },
      { status: 400, body: fixture('error-invalid-timestamp') }
    )
    expectTime()
    expectCall('GET', ROOT, { status: 200, body: [] })
    await adapter.open({ project: PROJECT, ...KEYS }).ping(callAt(NOW))
  })

  it('gives the administrator a new password, which is shown this once', async () => {
    expectTime()
    ready()
    expectCall('GET', `${AT}/user`, { status: 200, body: fixture('postgresql-users') })
    expectCall('GET', `${AT}/user/${USER}`, { status: 200, body: fixture('postgresql-user') })
    expectCall('POST', `${AT}/user/${USER}/credentials/reset`, {
      status: 200,
      body: fixture('postgresql-user-reset')
    })
    const sighting = await open()?.create(order, { ...chosen, id: ID }, callAt(NOW))
    expect(sighting).to.deep.include({
      state: 'pending',
      handle: {
        ...chosen,
        id: ID,
        seen: true,
        password: 'AVNS_made-up-for-this-test',
        passwordSince: NOW.toISOString()
      }
    })
  })

  it('gets in at the endpoint of its component, whatever stands first', async () => {
    expectTime()
    ready()
    expectCall('GET', `${AT}/certificates`, { status: 200, body: fixture('postgresql-certificates') })
    expect(await open()?.access?.({ ...made, connectionLimit: 20 }, callAt(NOW))).to.deep.equal({
      kind: 'postgresql',
      host: 'postgresql-a1b2c3d4-o1234abcd.database.cloud.ovh.net',
      port: 20184,
      database: order.name,
      maintenanceDatabase: 'defaultdb',
      user: 'avnadmin',
      password: 'AVNS_made-up',
      tls: { ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
      network: 'public',
      connectionLimit: 20
    })
  })

  it('makes a user of Valkey with its rights, and commits the password before all else', async () => {
    const at = AT.replace('/postgresql/', '/valkey/')
    const login = { name: 'baaaaaaaaaaaaaaaaaaaa', password: 'of-no-use-here-A1' }
    expectTime()
    expectCall('GET', at, { status: 200, body: fixture('postgresql-get-ready') })
    expectCall('GET', `${at}/user`, { status: 200, body: [] })
    expectCall(
      'POST',
      `${at}/user`,
      { status: 200, body: fixture('valkey-user-create') },
      {
        name: login.name,
        categories: [...READER.categories],
        commands: [...READER.commands],
        keys: ['*'],
        channels: ['*']
      }
    )
    const { redis } = adapter.open({ project: PROJECT, ...KEYS }).drivers
    expect(redis?.bindChoices?.({})).to.deep.equal({ user: ['own'] })
    const bound = await redis?.bind?.(made, login, { access: 'read-only' }, undefined, callAt(NOW))
    const user = '7d2f4a10-0000-4000-8000-000000000002'
    expect(bound?.state).to.equal('pending')
    expect(bound?.grant).to.deep.equal({
      handle: { v: 1, user, password: 'AVNS_made-up-for-this-test' }
    })
  })

  for (const [service, body] of [
    ['postgresql', { name: 'baaaaaaaaaaaaaaaaaaaa', roles: [] }],
    ['mysql', { name: 'baaaaaaaaaaaaaaaaaaaa' }]
  ] as const) {
    it(`makes a user of ${service} with nothing but a name, where the plan says that its API does`, async () => {
      const at = AT.replace('/postgresql/', `/${service}/`)
      const login = { name: body.name, password: 'of-no-use-here-A1' }
      expectTime()
      expectCall('GET', at, { status: 200, body: fixture('postgresql-get-ready') })
      expectCall('GET', `${at}/user`, { status: 200, body: [] })
      expectCall('POST', `${at}/user`, { status: 200, body: fixture('valkey-user-create') }, body)
      const driver = adapter.open({ project: PROJECT, ...KEYS }).drivers[service]
      const bound = await driver?.bind?.(made, login, {}, undefined, callAt(NOW))
      expect(bound?.grant.handle['password']).to.equal('AVNS_made-up-for-this-test')
    })
  }

  it('makes a database by the API only when none that is listed may be it', async () => {
    const place = { ...made, made: false, logins: 'provider' } as const
    const wanted = { ...order, plan: { ...order.plan, logins: 'provider' } }
    for (const shown of [false, true]) {
      expectTime()
      ready()
      expectCall('GET', `${AT}/database`, { status: 200, body: ['d1'] })
      expectCall(
        'GET',
        `${AT}/database/d1`,
        shown ? { status: 200, body: { id: 'd1', name: 'defaultdb', default: true } } : { status: 404 }
      )
      if (shown) expectCall('POST', `${AT}/database`, { status: 200, body: {} }, { name: order.name })
      const sighting = await open()?.create(wanted, place, callAt(NOW))
      expect(sighting).to.deep.include({ state: 'pending', note: 'the database is being made' })
    }
  })

  it('does not give the administrator of Valkey away', async () => {
    const login = { name: 'baaaaaaaaaaaaaaaaaaaa', password: 'of-no-use-here-A1' }
    const { redis } = adapter.open({ project: PROJECT, ...KEYS }).drivers
    const told = await failure(redis?.bind?.(made, login, { user: 'default' }, undefined, callAt(NOW)))
    expect(told.kind).to.equal('invalid')
  })

  for (const [change, body] of [
    [{ plan: 'business', flavor: 'db1-7' }, { plan: 'business' }],
    [{ flavor: 'db1-7', diskGb: 160, version: '16' }, { flavor: 'db1-7' }],
    [{ diskGb: 100, version: '16' }, { disk: { size: 100 } }],
    [{ version: '16' }, { version: '16' }]
  ] as const) {
    it(`changes ${JSON.stringify(change)} by one field at a time`, async () => {
      expectTime()
      ready()
      expectCall('PUT', AT, { status: 200, body: fixture('postgresql-create') }, body)
      const wanted = { ...order, plan: { ...order.plan, ...change } }
      expect((await open()?.update?.(made, wanted, callAt(NOW)))?.state).to.equal('pending')
    })
  }

  it('takes it for success that nothing had to change', async () => {
    expectTime()
    ready()
    const answer = { status: 400, body: fixture('error-no-update') }
    expectCall('PUT', AT, answer, { version: '16' })
    const wanted = { ...order, plan: { ...order.plan, version: '16' } }
    expect((await open()?.update?.(made, wanted, callAt(NOW)))?.state).to.equal('pending')
  })

  it('refuses what OVHcloud cannot change, and says which', async () => {
    for (const [change, word] of [
      [{ version: '14' }, 'version'],
      [{ diskGb: 70 }, 'smaller']
    ] as const) {
      expectTime()
      ready()
      const wanted = { ...order, plan: { ...order.plan, ...change } }
      const told = await failure(open()?.update?.(made, wanted, callAt(NOW)))
      expect(told.kind).to.equal('invalid')
      expect(told.message).to.contain(word)
    }
  })

  it('lifts the protection before it deletes', async () => {
    expectTime()
    ready({ deletionProtection: true })
    const answer = { status: 200, body: fixture('postgresql-get-ready') }
    expectCall('PUT', AT, answer, { deletionProtection: false })
    expect((await open()?.destroy(made, callAt(NOW)))?.state).to.equal('pending')
  })

  it('does not take a bad address for a service that is gone', async () => {
    for (const name of ['error-unknown-url', 'error-no-matching-availability']) {
      expectTime()
      expectCall('GET', AT, { status: 404, body: fixture(name) })
      expect((await failure(open()?.destroy(made, callAt(NOW)))).kind, name).to.equal('invalid')
    }
    expectTime()
    expectCall('GET', AT, { status: 404, body: fixture('error-service-not-found') })
    expectCall('GET', ROOT, { status: 200, body: [] })
    expect(await open()?.destroy(made, callAt(NOW))).to.deep.equal({ state: 'gone' })
  })

  it('obeys the pause of a 429, and notes the number of the request', async () => {
    const notes: Noted[] = []
    expectTime()
    expectCall('GET', AT, {
      status: 429,
      body: { message: 'Too many requests' },
      headers: { 'retry-after': '42', 'x-ovh-queryid': 'EU.ext-1.abc' }
    })
    const told = await failure(open()?.observe(made, callAt(NOW, notes)))
    expect(told).to.include({ kind: 'throttled', retryAfterSeconds: 42, mayHaveHappened: false })
    expect(notes.map(({ facts }) => facts)).to.deep.equal([
      { status: 429, class: null, queryId: 'EU.ext-1.abc' }
    ])
  })

  it('knows that a create which ended with 500 may have worked', async () => {
    expectTime()
    expectCall('GET', ROOT, { status: 200, body: [] })
    const answer = { status: 500, body: fixture('error-internal') }
    expectCall('POST', ROOT, answer, fixture('postgresql-create-request'))
    const told = await failure(open()?.create(order, chosen, callAt(NOW)))
    expect(told).to.include({ kind: 'unavailable', mayHaveHappened: true })
  })

  it('knows an answer that is not about OVHcloud', async () => {
    expectTime()
    expectCall('GET', AT, { status: 200, body: '<html>captive portal</html>' })
    expect((await failure(open()?.observe(made, callAt(NOW)))).kind).to.equal('unexpected')
  })

  it('refuses to close everybody out', async () => {
    const nobody = { ...order, allowFrom: [] }
    expect((await failure(open()?.create(nobody, undefined, callAt(NOW)))).kind).to.equal('invalid')
  })
})

describe('ovhcloud as a service account, to the byte', () => {
  const tokens = useProviderMock('https://www.ovh.com')
  const mock = useProviderMock('https://eu.api.ovh.com')
  const SECRET = 'the-client-secret'
  const open = () => adapter.open({ project: PROJECT, clientId: 'EU.me', clientSecret: SECRET })

  function expectToken(token: string) {
    tokens.expect(asksToken, {
      status: 200,
      body: { ...(fixture('token') as JsonObject), access_token: token }
    })
  }

  const asksToken = {
    method: 'POST',
    path: '/auth/oauth2/token',
    sends: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { grant_type: 'client_credentials', client_id: 'EU.me', client_secret: SECRET, scope: 'all' }
  } as const

  function expectPing(token: string, answer: { status: number; body: Json }) {
    mock.expect({ method: 'GET', path: ROOT, sends: { authorization: `Bearer ${token}` } }, answer)
  }

  it('keeps a token until a minute before its end', async () => {
    const opened = open()
    const later = (seconds: number) => callAt(new Date(NOW.getTime() + seconds * 1000))
    expectToken('one')
    expectPing('one', { status: 200, body: [] })
    await opened.ping(later(0))
    expectPing('one', { status: 200, body: [] })
    await opened.ping(later(3538))
    expectToken('two')
    expectPing('two', { status: 200, body: [] })
    await opened.ping(later(3539))
  })

  it('asks for one new token when its own is refused, and for no third', async () => {
    const refused = { status: 401, body: fixture('error-invalid-token') }
    const opened = open()
    expectToken('one')
    expectPing('one', refused)
    expectToken('two')
    expectPing('two', { status: 200, body: [] })
    await opened.ping(callAt(NOW))
    expectPing('two', refused)
    expectToken('three')
    expectPing('three', refused)
    expect((await failure(opened.ping(callAt(NOW)))).kind).to.equal('denied')
  })

  it('says that it is not known, without its secret', async () => {
    tokens.expect(asksToken, { status: 400, body: fixture('error-invalid-client') })
    const told = await failure(open().ping(callAt(NOW)))
    expect(told.kind).to.equal('denied')
    expect(told.message).to.contain('invalid_client').and.not.contain(SECRET)
  })

  it('knows that a request whose token did not come had no effect', async () => {
    for (const answer of [
      { status: 503, body: '<html>maintenance</html>' },
      { status: 200, body: '<html>maintenance</html>' },
      { breaks: 'ECONNRESET' }
    ]) {
      tokens.expect(asksToken, answer)
      const told = await failure(open().drivers['postgresql']?.destroy(made, callAt(NOW)))
      expect(told).to.include({ kind: 'unavailable', mayHaveHappened: false })
    }
  })
})

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
    const call = callAt(NOW)
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
    const call = callAt(NOW)
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
      () => client.createBucket(callAt(NOW), 'GRA', wanted),
      () => client.createKeys(callAt(NOW), 12345),
      () => client.setPolicy(callAt(NOW), 12345, {})
    ]) {
      const told = { kind: 'unavailable', mayHaveHappened: false, retryAfterSeconds: 5 }
      expect(await failure(attempt())).to.include(told)
    }
  })

  it('says that the name of a bucket is taken', async () => {
    const wanted = { name: 'pbucket', ownerId: 12345, tags: {} }
    const answer = { status: 409, body: fixture('error-bucket-taken') }
    mock.expect({ method: 'POST', path: storage, body: wanted }, answer)
    expect((await failure(client.createBucket(callAt(NOW), 'GRA', wanted))).kind).to.equal('conflict')
  })
})

describe('an answer of OVHcloud that is no success', () => {
  const table: readonly (readonly [string, number, Partial<ProviderFailure>, string])[] = [
    ['error-no-update', 400, { kind: 'invalid' }, 'nothing would change'],
    ['error-invalid-signature', 400, { kind: 'denied' }, 'Invalid signature'],
    ['error-invalid-token', 401, { kind: 'denied' }, 'token'],
    ['error-forbidden', 403, { kind: 'denied' }, 'publicCloudProject:apiovh:database/postgresql/create'],
    ['error-quota', 403, { kind: 'quota' }, 'Quota exceeded'],
    ['error-service-not-found', 404, { kind: 'not-found' }, 'service'],
    ['error-no-matching-availability', 404, { kind: 'invalid' }, 'no offer'],
    ['error-unknown-url', 404, { kind: 'invalid' }, 'does not know'],
    ['error-service-not-ready', 409, { kind: 'unavailable', retryAfterSeconds: 10 }, 'busy'],
    ['error-only-one-modification', 409, { kind: 'unavailable', retryAfterSeconds: 10 }, 'being changed'],
    ['error-internal', 500, { kind: 'unavailable', mayHaveHappened: true }, '500']
  ]
  for (const [name, status, expected, words] of table) {
    it(`${status} ${name} is ${expected.kind}`, () => {
      const told = failureFrom({ status, headers: {}, body: fixture(name) })
      expect(told).to.include({ mayHaveHappened: false, ...expected })
      expect(told.message).to.contain(words)
    })
  }

  it('means that something is gone only when its class names the thing', () => {
    const gone = [
      'ServiceNotFound',
      'UserNotFound',
      'BackupNotFound',
      'NodeNotFound',
      'IpRestrictionNotFound'
    ]
    const bad = [
      'PlanNotFound',
      'VersionNotFound',
      'RegionNotFound',
      'FlavorNameNotFound',
      'SomethingNotFound'
    ]
    const kinds = [...gone, ...bad].map((name) => {
      const body = { class: `Client::NotFound::${name}`, message: 'x' }
      return failureFrom({ status: 404, headers: {}, body }).kind
    })
    expect(kinds).to.deep.equal([...gone.map(() => 'not-found'), ...bad.map(() => 'invalid')])
  })

  it('is a user whom the list does not show yet, and is looked for again', () => {
    const body = { class: 'Client::Conflict::RedisUserAlreadyExist', message: 'User already exists' }
    expect(failureFrom({ status: 409, headers: {}, body })).to.include({ kind: 'unavailable' })
  })

  for (const [status, message, kind] of [
    [404, 'not found: bucket p not found', 'not-found'],
    [404, 'not found: route', 'invalid'],
    [400, 'BucketNotEmpty: The bucket you tried to delete is not empty', 'conflict'],
    [400, 'TooManyBuckets', 'quota'],
    [500, 'TooManyBuckets', 'unavailable']
  ] as const) {
    it(`${status} "${message}" is ${kind}`, () => {
      const body = { class: 'Client::NotFound', message }
      expect(failureFrom({ status, headers: {}, body }).kind).to.equal(kind)
    })
  }

  for (const [status, kind, mayHaveHappened] of [
    [400, 'invalid', false],
    [401, 'denied', false],
    [403, 'denied', false],
    [404, 'invalid', false],
    [409, 'conflict', false],
    [429, 'throttled', false],
    [500, 'unavailable', true],
    [502, 'unavailable', true],
    [504, 'unavailable', true]
  ] as const) {
    it(`${status} without a class is ${kind}`, () => {
      const told = failureFrom({ status, headers: { 'retry-after': '9' }, body: 'Bad Gateway' })
      expect(told).to.include({ kind, mayHaveHappened })
    })
  }

  it('is read by its status when its class is a word that every object knows', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      const told = failureFrom({ status: 409, headers: {}, body: { class: `Client::${name}` } })
      expect(told.kind, name).to.equal('conflict')
    }
  })

  it('is not a sentence with what a stranger put into it', () => {
    const body = { class: 'Client::Conflict', message: 'x\u001b[31m\n<script>' }
    expect(failureFrom({ status: 409, headers: {}, body }).message).to.match(/^[\w .:-]+$/)
  })
})
