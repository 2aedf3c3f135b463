import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import pg from 'pg'
import { parse } from 'yaml'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, objectAt, textAt } from '../../src/contract/read.ts'
import { fixture } from '../../test/support/provider-mock.ts'
import { succeeds } from '../../test/support/succeeds.ts'
import { sharedFake } from './fake/bench.ts'
import { NETWORKS } from './fake/offers.ts'
import type { FakeOvhcloud } from './fake/start-fake.ts'
import { signatureOf } from './signature.ts'

const UNKNOWN = '00000000-0000-4000-8000-000000000000'

describe('the fake of OVHcloud', () => {
  let fake: FakeOvhcloud
  let root = ''
  let token = ''

  before(async function () {
    this.timeout(60_000)
    fake = await sharedFake()
    root = `/1.0/cloud/project/${textAt(fake.settings, 'project')}/database/postgresql`
  })
  beforeEach(async () => {
    await fake.reset()
    token = textAt(objectOf((await askToken()).body), 'access_token')
  })

  function askToken(change: Record<string, string> = {}) {
    const { clientId, clientSecret } = fake.settings
    const form = {
      grant_type: 'client_credentials',
      client_id: String(clientId),
      client_secret: String(clientSecret),
      scope: 'all'
    }
    const body = new URLSearchParams({ ...form, ...change }).toString()
    return send('POST', '/auth/oauth2/token', { 'content-type': 'application/x-www-form-urlencoded' }, body)
  }

  async function send(method: string, path: string, headers: Record<string, string>, text = '') {
    const answer = await fetch(`${fake.url}${path}`, {
      method,
      headers,
      ...(text === '' ? {} : { body: text })
    })
    const told = await answer.text()
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false
    const body: Json = isJson ? JSON.parse(told) : told
    return { status: answer.status, body, headers: answer.headers }
  }

  function ask(method: string, path: string, body?: Json) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json;charset=utf-8' }
    return send(method, path, headers, body === undefined ? '' : JSON.stringify(body))
  }

  function objectOf(json: Json): JsonObject {
    if (!isObject(json)) throw new Error(`no object: ${JSON.stringify(json)}`)
    return json
  }

  function order(change: JsonObject = {}, without: readonly string[] = []): JsonObject {
    const wanted = objectOf(fixture(import.meta.url, 'fixtures/postgresql-create-request.json'))
    const entries = Object.entries({ ...wanted, ...change }).filter(([key]) => !without.includes(key))
    return Object.fromEntries(entries)
  }

  async function made(change: JsonObject = {}): Promise<string> {
    const { status, body } = await ask('POST', root, order(change))
    expect(status, JSON.stringify(body)).to.equal(200)
    return `${root}/${textAt(objectOf(body), 'id')}`
  }

  async function ready(change: JsonObject = {}): Promise<string> {
    const at = await made(change)
    for (let looks = 0; looks < 4; looks++) await ask('GET', at)
    expect(await statusOf(at)).to.equal('READY')
    return at
  }

  async function statusOf(at: string) {
    return objectOf((await ask('GET', at)).body)['status']
  }

  async function expectClass(promise: ReturnType<typeof ask>, status: number, name: string, what = '') {
    const answer = await promise
    expect([answer.status, objectOf(answer.body)['class']], what).to.deep.equal([status, name])
  }

  it('answers in the shape of the specification, with the number of the request', async () => {
    const recorded = objectOf(fixture(import.meta.url, 'fixtures/postgresql-create.json'))
    const { body, headers } = await ask('POST', root, order())
    expect(Object.keys(objectOf(body))).to.have.members(Object.keys(recorded))
    expect(body).to.deep.include({ status: 'CREATING', endpoints: [] })
    expect(headers.get('x-ovh-queryid')).to.match(/^EU\.ext-1\./)
  })

  it('knows private networks by region, and only whole', async () => {
    const network = { ...NETWORKS['GRA'] }
    const { body } = await ask('POST', root, order({ ...network }))
    expect(objectOf(body)).to.deep.include({ networkType: 'private', ...network })
    const bad = [
      { networkId: network['networkId'] },
      { subnetId: network['subnetId'] },
      { ...network, subnetId: network['networkId'] },
      { ...network, nodesPattern: { flavor: 'db1-4', number: 1, region: 'SBG' } }
    ] as readonly JsonObject[]
    for (const change of bad)
      await expectClass(ask('POST', root, order(change)), 400, 'Client::BadRequest', JSON.stringify(change))
  })

  it('tells its time to everybody, and nothing else without a key', async () => {
    const { body } = await send('GET', '/1.0/auth/time', {})
    expect(body).to.be.a('number')
    expect((await send('GET', root, {})).status).to.equal(403)
  })

  it('gives tokens that end', async () => {
    expect((await ask('GET', root)).status).to.equal(200)
    await fake.advance(3600)
    await expectClass(ask('GET', root), 401, 'Client::Unauthorized::InvalidAuthToken')
  })

  for (const change of [
    { client_secret: 'x' },
    { client_id: 'x' },
    { scope: '' },
    { grant_type: 'password' }
  ]) {
    it(`gives no token for ${JSON.stringify(change)}`, async () => {
      const { status, body } = await askToken(change)
      expect(status).to.equal(400)
      expect(objectOf(body)['error']).to.be.a('string')
    })
  }

  it('answers with a page instead of a token when it is told to', async () => {
    await fake.setScene({ tokenPages: 1 })
    const { status, body, headers } = await askToken()
    expect([status, headers.get('content-type')]).to.deep.equal([503, 'text/html'])
    expect(body).to.match(/^<html>/)
  })

  function signed(secret: string, at: number, path = root, body = '', method = 'GET') {
    const { applicationKey, consumerKey } = fake.applicationKeys
    const keys = { applicationSecret: secret, consumerKey: String(consumerKey) }
    return send(
      method,
      path,
      {
        'x-ovh-application': String(applicationKey),
        'x-ovh-consumer': keys.consumerKey,
        'x-ovh-timestamp': String(at),
        'x-ovh-signature': signatureOf({ ...keys, method, url: `${fake.url}${path}`, body, timestamp: at }),
        'content-type': 'application/json'
      },
      body
    )
  }

  it('takes a signature of the very bytes, by its own clock', async () => {
    const secret = String(fake.applicationKeys['applicationSecret'])
    const now = Number((await send('GET', '/1.0/auth/time', {})).body)
    expect((await signed(secret, now)).status).to.equal(200)
    expect((await signed(secret, now, root, JSON.stringify(order()), 'POST')).status).to.equal(200)
    const late = await signed(secret, now - 60)
    expect(objectOf(late.body)).to.deep.include({ message: 'Invalid timestamp', errorCode: 'QUERY_TIME_OUT' })
    const wrong = await signed('another', now)
    expect(objectOf(wrong.body)).to.deep.include({ message: 'Invalid signature' })
  })

  it('does not know other paths, methods, projects, engines and services', async () => {
    const one = await made()
    for (const [method, path, name] of [
      ['GET', '/1.0/me', 'Client::NotFound'],
      ['GET', root.replace('0123', '3210'), 'Client::NotFound'],
      ['GET', root.replace('postgresql', 'oracle'), 'Client::NotFound::EngineNameNotFound'],
      ['PUT', root, 'Client::NotFound'],
      ['GET', `${root}/${UNKNOWN}`, 'Client::NotFound::ServiceNotFound'],
      ['DELETE', `${root}/${UNKNOWN}`, 'Client::NotFound::ServiceNotFound'],
      ['GET', `${one}/backup`, 'Client::NotFound'],
      ['GET', `${one}/user/${UNKNOWN}`, 'Client::NotFound::UserNotFound']
    ] as const) {
      await expectClass(ask(method, path), 404, name, `${method} ${path}`)
    }
  })

  for (const field of ['description', 'plan', 'version', 'nodesPattern', 'ipRestrictions']) {
    it(`refuses an order without ${field}`, async () => {
      await expectClass(ask('POST', root, order({}, [field])), 400, 'Client::BadRequest')
    })
  }

  const pattern = { flavor: 'db1-4', number: 1, region: 'GRA' }
  for (const [change, status, name] of [
    [{ plan: 'gold' }, 404, 'Client::NotFound::PlanNotFound'],
    [{ version: '9' }, 404, 'Client::NotFound::VersionNotFound'],
    [{ nodesPattern: { ...pattern, flavor: 'x' } }, 404, 'Client::NotFound::FlavorNameNotFound'],
    [{ nodesPattern: { ...pattern, region: 'GRA11' } }, 404, 'Client::NotFound::RegionNotFound'],
    [{ nodesPattern: { ...pattern, number: 2 } }, 400, 'Client::BadRequest::TooManyNodes'],
    [{ plan: 'enterprise' }, 400, 'Client::BadRequest::NotEnoughNodes'],
    [{ disk: { size: 10 } }, 400, 'Client::BadRequest::FlavorDiskSizeTooLow'],
    [{ disk: { size: 85 } }, 404, 'Client::NotFound::NoMatchingAvailability'],
    [{ ipRestrictions: [{ ip: '192.0.2.1' }] }, 400, 'Client::BadRequest'],
    [{ tags: [] }, 400, 'Client::BadRequest']
  ] as const) {
    it(`refuses an order with ${JSON.stringify(change)}`, async () => {
      await expectClass(ask('POST', root, order(change)), status, name)
    })
  }

  it('refuses changes to a service that is not ready', async () => {
    const at = await made()
    const user = (await ask('GET', `${at}/user`)).body
    expect(user).to.deep.equal([])
    await expectClass(ask('PUT', at, { version: '16' }), 409, 'Client::Conflict::ServiceNotReady')
    await expectClass(ask('DELETE', at), 409, 'Client::Conflict::ServiceNotReady')
    await expectClass(ask('GET', `${at}/certificates`), 404, 'Client::NotFound::SslCertificateNotFound')
  })

  it('takes one change at a time, upwards only, and no change for an error', async () => {
    const at = await ready()
    const two = { version: '16', plan: 'business' }
    await expectClass(ask('PUT', at, two), 409, 'Client::Conflict::ServiceOnlyOneModification')
    await expectClass(ask('PUT', at, { version: '15' }), 400, 'Client::BadRequest::NoUpdate')
    await expectClass(ask('PUT', at, { version: '14' }), 404, 'Client::NotFound::NoMatchingAvailability')
    expect((await ask('PUT', at, { plan: 'business' })).status).to.equal(200)
    expect(await statusOf(at)).to.equal('UPDATING')
    await expectClass(ask('PUT', at, { version: '16' }), 409, 'Client::Conflict::ServiceNotReady')
    await ask('GET', at)
    await expectClass(ask('PUT', at, { plan: 'essential' }), 404, 'Client::NotFound::PlanInvalidUpgrade')
  })

  it('shows a password once, and nothing but it opens the database', async () => {
    const at = await ready()
    const [user] = (await ask('GET', `${at}/user`)).body as readonly string[]
    const shown = objectOf((await ask('GET', `${at}/user/${user}`)).body)
    expect(shown).to.deep.include({ username: 'avnadmin' }).and.not.have.property('password')
    const reset = objectOf((await ask('POST', `${at}/user/${user}/credentials/reset`)).body)
    const { ca } = objectOf((await ask('GET', `${at}/certificates`)).body)
    const [, endpoint] = arrayAt(objectOf((await ask('GET', at)).body), 'endpoints')
    const login = (password: string, ssl: boolean) =>
      new pg.Client({
        host: 'localhost',
        port: Number(objectOf(endpoint ?? null)['port']),
        database: 'defaultdb',
        user: 'avnadmin',
        password,
        ssl: ssl ? { ca: String(ca) } : false
      })
    expect(await succeeds(login(textAt(reset, 'password'), true), 'SELECT 1')).to.equal(true)
    expect(await succeeds(login(textAt(reset, 'password'), false), 'SELECT 1')).to.equal(false)
    expect(await succeeds(login('AVNS_something-else', true), 'SELECT 1')).to.equal(false)
    await ask('PUT', at, { ipRestrictions: [] })
    const closed = succeeds(login(textAt(reset, 'password'), true), 'SELECT 1')
    expect(await closed.catch(() => 'cut off')).to.equal('cut off')
  })

  it('shows a deleted service for a while, then not', async () => {
    const at = await ready()
    expect(await ask('DELETE', at)).to.deep.include({ status: 200, body: null })
    expect([await statusOf(at), await statusOf(at)]).to.deep.equal(['DELETING', 'DELETING'])
    await expectClass(ask('GET', at), 404, 'Client::NotFound::ServiceNotFound')
    expect((await fake.state()).roles).to.deep.equal([])
  })

  it('says that what it did has failed, when it is told to', async () => {
    await fake.setScene({ failedPosts: 1 })
    await expectClass(ask('POST', root, order()), 500, 'Server::InternalServerError')
    expect((await ask('GET', root)).body).to.have.length(1)
  })

  it('throttles in words and headers', async () => {
    await fake.setScene({ throttled: 1, resetSeconds: 5 })
    const { status, headers } = await ask('GET', root)
    expect([status, headers.get('retry-after')]).to.deep.equal([429, '5'])
    expect((await ask('GET', root)).status).to.equal(200)
  })

  it('sells every plan of the catalog, in each of its regions', async () => {
    const file = new URL('catalog/providers/ovhcloud/postgresql.yaml', `file://${process.cwd()}/`)
    const catalog: JsonObject = parse(readFileSync(file, 'utf8'))
    const plans = arrayAt(catalog, 'plans').filter(isObject)
    expect(plans.length).to.be.greaterThan(0)
    for (const each of plans) {
      const { plan, version, flavor, nodes, diskGb } = objectAt(each, 'driverPlan')
      for (const region of arrayAt(each, 'regions')) {
        await made({
          plan: plan ?? null,
          version: version ?? null,
          nodesPattern: { flavor: flavor ?? null, number: nodes ?? null, region },
          disk: { size: diskGb ?? null }
        })
      }
    }
  }).timeout(20_000)
})
