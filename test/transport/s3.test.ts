import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, LookupFunction } from 'node:net'
import { inspect } from 'node:util'
import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import type { FailureKind } from '../../src/contract/errors.ts'
import { type Bucket, S3Code } from '../../src/contract/s3.ts'
import { httpPort } from '../../src/transport/http.ts'
import { type S3Outcome, type S3PortOptions, s3Port } from '../../src/transport/s3.ts'
import { accessOf, beginUpload, bucketAt, lockObject } from '../support/buckets.ts'
import { failureOf } from '../support/failures.ts'
import { type ObjectStore, objectStore, type StoreKey } from '../support/radosgw.ts'
import { selfSigned } from '../support/self-signed.ts'

const forever = new AbortController().signal
const SECRET = 'very-secret-indeed-0123456789abcdefghijk'

async function told(promise: Promise<unknown>): Promise<readonly [FailureKind, string]> {
  const { kind, cause } = await failureOf(promise)
  return [kind, cause instanceof S3Code ? cause.code : 'no code']
}

describe('the S3 port, at a radosgw', function () {
  this.timeout(180_000)
  let store: ObjectStore
  let key: StoreKey
  let other: StoreKey

  before(async () => {
    store = await objectStore()
    key = await store.account('s3-port')
    other = await store.account('s3-port-other')
  })

  const fresh = async () => {
    const access = accessOf(store, key)
    const bucket = bucketAt(access)
    await bucket.create()
    return { access, bucket }
  }

  it('makes a bucket, finds it, and removes it', async () => {
    const { access, bucket } = await fresh()
    await bucket.head()
    expect(await bucket.accountBuckets()).to.include(access.bucket)
    await bucket.delete()
    expect(await told(bucket.head())).to.deep.equal(['not-found', 'HTTP 404'])
    expect(await told(bucket.delete())).to.deep.equal(['not-found', 'NoSuchBucket'])
    expect(await told(bucket.tags())).to.deep.equal(['not-found', 'NoSuchBucket'])
  })

  it('says whose fault a refusal is', async () => {
    const { access, bucket } = await fresh()
    const theirs = bucketAt({ ...access, ...other })
    expect(await told(theirs.create())).to.deep.equal(['conflict', 'BucketAlreadyExists'])
    expect(await told(theirs.tags())).to.deep.equal(['denied', 'AccessDenied'])
    const wrong = bucketAt({ ...access, secretAccessKey: 'wrong' })
    expect(await told(wrong.tags())).to.deep.equal(['denied', 'SignatureDoesNotMatch'])
    const unknown = bucketAt({ ...access, accessKeyId: 'nobody' })
    expect(await told(unknown.tags())).to.deep.equal(['denied', 'InvalidAccessKeyId'])
    await bucket.put('key', 'value')
    expect(await told(bucket.delete())).to.deep.equal(['conflict', 'BucketNotEmpty'])
    expect(await told(bucket.get('another'))).to.deep.equal(['not-found', 'NoSuchKey'])
    const misnamed = bucketAt({ ...access, bucket: 'Not_A_Bucket!' })
    expect((await failureOf(misnamed.create())).kind).to.equal('invalid')
  })

  it('keeps tags, and tells none where there are none', async () => {
    const { bucket } = await fresh()
    expect(await bucket.tags()).to.deep.equal({})
    await bucket.setTags({ 'portolan-resource': 'a/b=c', empty: '' })
    expect(await bucket.tags()).to.deep.equal({ 'portolan-resource': 'a/b=c', empty: '' })
  })

  it('keeps a policy, and tells none where there is none', async () => {
    const { access, bucket } = await fresh()
    expect(await bucket.policy()).to.equal(undefined)
    const Resource = [`arn:aws:s3:::${access.bucket}/*`]
    const Principal = { AWS: ['arn:aws:iam:::user/s3-port-other'] }
    const statement = { Effect: 'Allow', Principal, Action: ['s3:GetObject'], Resource }
    const policy = { Version: '2012-10-17', Statement: [statement] }
    await bucket.setPolicy(policy)
    expect(await bucket.policy()).to.deep.equal(policy)
    await bucket.put('key', 'value')
    const theirs = bucketAt({ ...access, ...other })
    expect(await theirs.get('key')).to.equal('value')
    expect(await told(theirs.put('key', 'other'))).to.deep.equal(['denied', 'AccessDenied'])
    expect((await failureOf(bucket.setPolicy({ Version: 'never' }))).kind).to.equal('invalid')
  })

  it('keeps versions once it is told to, and removes them with their markers', async () => {
    const { access, bucket } = await fresh()
    expect(await bucket.versioning()).to.equal('never')
    await bucket.put('a key (1)/ä', 'first')
    expect(await bucket.versions()).to.deep.equal([{ key: 'a key (1)/ä', version: 'null', isMarker: false }])
    await bucket.setVersioning('on')
    expect(await bucket.versioning()).to.equal('on')
    await bucket.put('a key (1)/ä', 'second')
    expect(await bucket.get('a key (1)/ä')).to.equal('second')
    await removeObject(access, 'a%20key%20%281%29/%C3%A4')
    const all = await bucket.versions()
    expect(all.filter(({ isMarker }) => isMarker)).to.have.length(1)
    expect(all).to.have.length(3)
    expect(await bucket.versions(1)).to.have.length(1)
    expect(await bucket.deleteVersions(all)).to.deep.equal([])
    expect(await bucket.versions()).to.deep.equal([])
    await bucket.setVersioning('suspended')
    expect(await bucket.versioning()).to.equal('suspended')
    await bucket.delete()
  })

  async function removeObject({ bucket }: ObjectStorageAccess, path: string): Promise<void> {
    const { status } = await httpPort({ signal: forever, network: 'private' }).send({
      method: 'DELETE',
      url: new URL(`${store.endpoint}/${bucket}/${path}`),
      sign: { service: 's3', region: store.region, ...key }
    })
    expect(status).to.equal(204)
  }

  it('finds uploads that were never completed, and aborts them', async () => {
    const { access, bucket } = await fresh()
    await beginUpload(access, 'one')
    await beginUpload(access, 'two')
    const [one, two] = await bucket.uploads()
    expect([one?.key, two?.key]).to.deep.equal(['one', 'two'])
    for (const upload of [one, two]) if (upload) await bucket.abortUpload(upload)
    expect(await bucket.uploads()).to.deep.equal([])
    expect(await told(bucket.abortUpload({ key: 'one', id: one?.id ?? '' }))).to.deep.equal([
      'not-found',
      'NoSuchUpload'
    ])
  })

  it('sees what is under object lock, and what holds it', async () => {
    const access = accessOf(store, key)
    const bucket = bucketAt(access)
    await bucket.create({ objectLock: true })
    expect(await bucket.hasObjectLock()).to.equal(true)
    expect(await (await fresh()).bucket.hasObjectLock()).to.equal(false)
    await bucket.put('key', 'value')
    const [object] = await bucket.versions()
    if (!object) throw new Error('the object is not there')
    expect([await bucket.retention(object), await bucket.legalHold(object)]).to.deep.equal([undefined, false])
    const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000)
    await lockObject(access, object, { until })
    expect(await bucket.retention(object)).to.deep.equal(until)
    expect(await bucket.deleteVersions([object])).to.deep.equal([
      { key: 'key', version: object.version, code: 'AccessDenied' }
    ])
    await lockObject(access, object, { legal: 'ON' })
    expect(await bucket.legalHold(object)).to.equal(true)
  })

  it('signs an HTTP request, to the last character of its query and body', async () => {
    const http = httpPort({ signal: forever, network: 'private' })
    const { access } = await fresh()
    const sign = { service: 's3', region: store.region, ...key }
    const url = (query: string) => new URL(`${store.endpoint}/${access.bucket}?${query}`)
    const sent = await http.send({ method: 'GET', url: url("prefix=a%20b*'(%2F&delimiter=%2F"), sign })
    expect(sent.status).to.equal(200)
    const unsigned = await http.send({ method: 'GET', url: url('prefix=') })
    expect(unsigned.status).to.equal(403)
    const forged = { ...sign, secretAccessKey: 'wrong' }
    expect((await http.send({ method: 'GET', url: url('prefix='), sign: forged })).status).to.equal(403)
    const { status } = await http.send({
      method: 'PUT',
      url: new URL(`${store.endpoint}/${access.bucket}/object`),
      headers: { 'content-type': 'text/plain' },
      body: 'ä body',
      sign
    })
    expect(status).to.equal(200)
    expect(await bucketAt(access).get('object')).to.equal('ä body')
  })

  it('asks nobody else, whatever the environment says', async () => {
    const { bucket } = await fresh()
    const misleading = {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'wrong',
      AWS_REGION: 'mars-1',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_PROFILE: 'none',
      AWS_CONFIG_FILE: '/nowhere/config',
      AWS_MAX_ATTEMPTS: '7',
      HTTP_PROXY: 'http://127.0.0.1:1'
    }
    const before = Object.fromEntries(Object.keys(misleading).map((name) => [name, process.env[name]]))
    Object.assign(process.env, misleading)
    try {
      expect(await bucket.tags()).to.deep.equal({})
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    }
  })
})

describe('the S3 port, at servers that are no object storage', () => {
  const servers: { close(): unknown; closeAllConnections?(): void }[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections?.()
      server.close()
    }
  })

  async function listen(server: Server): Promise<number> {
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  function bucketOf(
    endpoint: string,
    options: Partial<S3PortOptions> = {},
    change: Partial<ObjectStorageAccess> = {}
  ): Bucket {
    return s3Port({ signal: forever, ...options })({
      kind: 'object-storage',
      endpoint,
      region: 'default',
      bucket: 'bucket',
      accessKeyId: 'key',
      secretAccessKey: SECRET,
      pathStyle: true,
      network: 'private',
      ...change
    })
  }

  async function answering(
    listener: RequestListener,
    options: Partial<S3PortOptions> = {},
    change: Partial<ObjectStorageAccess> = {}
  ): Promise<Bucket> {
    return bucketOf(`http://127.0.0.1:${await listen(createServer(listener))}`, options, change)
  }

  it('hands on for how long it is throttled, and does not try again by itself', async () => {
    let requests = 0
    const bucket = await answering((_request, response) => {
      requests += 1
      response.writeHead(503, { 'retry-after': '17' })
      response.end('<Error><Code>SlowDown</Code><Message>reduce your rate</Message></Error>')
    })
    const slow = await failureOf(bucket.create())
    expect(slow).to.include({ kind: 'throttled', retryAfterSeconds: 17, mayHaveHappened: false })
    expect(requests).to.equal(1)
  })

  for (const [status, body, kind, mayHaveHappened] of [
    [500, '<Error><Code>InternalError</Code></Error>', 'unavailable', true],
    [502, '<h1>Bad Gateway</h1>', 'unavailable', true],
    [400, '<Error><Code>TooManyBuckets</Code></Error>', 'quota', false],
    [409, '<Error><Code>OperationAborted</Code></Error>', 'unavailable', false],
    [403, '', 'denied', false],
    [418, '', 'invalid', false]
  ] as const) {
    it(`takes ${status} ${body} for ${kind}`, async () => {
      const bucket = await answering((_request, response) => {
        response.writeHead(status)
        response.end(body)
      })
      expect(await failureOf(bucket.create())).to.include({ kind, mayHaveHappened })
    })
  }

  it('follows no redirect', async () => {
    let elsewhere = 0
    const number = await listen(
      createServer((_request, response) => {
        elsewhere += 1
        response.end()
      })
    )
    const bucket = await answering((_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${number}/bucket` })
      response.end('<Error><Code>TemporaryRedirect</Code></Error>')
    })
    expect((await failureOf(bucket.tags())).kind).to.equal('invalid')
    expect(elsewhere).to.equal(0)
  })

  it('lists the buckets of every page, where an endpoint tells them in pages', async () => {
    const page = (name: string, next?: string): string =>
      `<ListAllMyBucketsResult><Buckets><Bucket><Name>${name}</Name></Bucket></Buckets>${
        next === undefined ? '' : `<ContinuationToken>${next}</ContinuationToken>`
      }</ListAllMyBucketsResult>`
    const bucket = await answering((request, response) => {
      const asked = new URL(request.url ?? '', 'http://here').searchParams.get('continuation-token')
      response.end(asked === 'more' ? page('second') : page('first', 'more'))
    })
    expect(await bucket.accountBuckets()).to.deep.equal(['first', 'second'])
  })

  it('ends a list of buckets that an endpoint tells again and again', async () => {
    const bucket = await answering((_request, response) =>
      response.end(
        '<ListAllMyBucketsResult><Buckets><Bucket><Name>one</Name></Bucket></Buckets><ContinuationToken>same</ContinuationToken></ListAllMyBucketsResult>'
      )
    )
    expect(new Set(await bucket.accountBuckets())).to.deep.equal(new Set(['one']))
  })

  it('calls an answer that is not S3’s unexpected', async () => {
    const bucket = await answering((_request, response) => response.end('<html>welcome'))
    expect((await failureOf(bucket.tags())).kind).to.equal('unexpected')
    const policy = await answering((_request, response) => response.end('{"Version'))
    expect((await failureOf(policy.policy())).kind).to.equal('unexpected')
  })

  it('refuses an answer over the limit', async () => {
    const bucket = await answering((_request, response) => response.end('x'.repeat(2000)), {
      maximumAnswerBytes: 1000
    })
    expect((await failureOf(bucket.tags())).kind).to.equal('unexpected')
  })

  it('gives up on a silent server, and ends with its signal', async () => {
    const silent = await answering(() => {}, { timeoutSeconds: 0.2 })
    const late = await failureOf(silent.create())
    expect(late).to.include({ kind: 'unavailable', mayHaveHappened: true })
    expect(late.message).to.contain('in time')
    const stop = new AbortController()
    const stopping = await answering(() => stop.abort(), { signal: stop.signal })
    expect(await failureOf(stopping.create())).to.include({ kind: 'unavailable', mayHaveHappened: true })
    expect(await failureOf(stopping.create())).to.include({ kind: 'unavailable', mayHaveHappened: false })
  })

  it('reaches private addresses only where they are allowed, and never without TLS elsewhere', async () => {
    let requests = 0
    const count: RequestListener = (_request, response) => {
      requests += 1
      response.end()
    }
    const shut = await answering(count, {}, { network: 'public' })
    expect((await failureOf(shut.head())).kind).to.equal('denied')
    for (const host of ['https://127.0.0.1', 'https://169.254.169.254', 'https://[::1]']) {
      const refused = await failureOf(bucketOf(host, {}, { network: 'public' }).head())
      expect(refused, host).to.include({ kind: 'denied', mayHaveHappened: false })
    }
    const lookup: LookupFunction = (_host, _options, callback) =>
      callback(null, [{ address: '10.0.0.1', family: 4 }])
    expect((await failureOf(bucketOf('http://s3.example.com', { lookup }).head())).kind).to.equal('denied')
    const named = bucketOf('https://s3.example.com', { lookup }, { network: 'public' })
    expect((await failureOf(named.head())).kind).to.equal('denied')
    expect(requests).to.equal(0)
  })

  it('verifies TLS against the authority it was given', async () => {
    const { certificate, key } = selfSigned()
    const server = createTlsServer({ cert: certificate, key }, (_request, response) => response.end())
    const endpoint = `https://localhost:${await listen(server)}`
    await bucketOf(endpoint, {}, { ca: certificate }).head()
    expect((await failureOf(bucketOf(endpoint).head())).kind).to.equal('denied')
  })

  it('sends requests to the bucket’s own host unless it is told to put the bucket into the path', async () => {
    const hosts: string[] = []
    const lookup: LookupFunction = (host, _options, callback) => {
      hosts.push(host)
      callback(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }), [])
    }
    const bucket = s3Port({ signal: forever, lookup })({
      kind: 'object-storage',
      endpoint: 'https://s3.example.com',
      region: 'default',
      bucket: 'bucket',
      accessKeyId: 'key',
      secretAccessKey: SECRET,
      network: 'public'
    })
    expect(await failureOf(bucket.head())).to.include({ kind: 'unavailable', mayHaveHappened: false })
    expect(hosts).to.deep.equal(['bucket.s3.example.com'])
  })

  it('tells what a request came to, and never a secret', async () => {
    const outcomes: S3Outcome[] = []
    const observe = (outcome: S3Outcome) => outcomes.push(outcome)
    let authorization = ''
    const bucket = await answering(
      (request, response) => {
        authorization = request.headers.authorization ?? ''
        response.writeHead(403)
        response.end(`<Error><Code>AccessDenied</Code><Message>${authorization}</Message></Error>`)
      },
      { observe }
    )
    const refused = await failureOf(bucket.tags())
    expect(authorization).to.match(/^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/default\/s3\/aws4_request/)
    const signature = /Signature=(\w+)/.exec(authorization)?.[1] ?? 'none'
    for (const said of [inspect(refused, { depth: 10 }), inspect(outcomes, { depth: 10 })]) {
      expect(said).not.to.contain(SECRET)
      expect(said).not.to.contain(signature)
    }
    expect(outcomes.map(({ failure: each }) => each?.kind)).to.deep.equal(['denied'])
  })
})
