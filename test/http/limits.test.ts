import { expect } from 'chai'
import { CF, json, OSB_ROUTES, PASSWORD, startEdge, type TestEdge } from '../support/edge.ts'
import { rawRequest } from '../support/raw-http.ts'

const INSTANCE = '/v2/service_instances/i1'
const HEAD = `Host: x\r\nAuthorization: ${CF}\r\nX-Broker-API-Version: 2.17\r\nConnection: close\r\n`

describe('what the edge does not let in', () => {
  let edge: TestEdge

  before(async () => {
    edge = await startEdge()
  })
  beforeEach(() => {
    edge.heard.length = 0
  })
  after(() => edge.server.close(0))

  const put = (body: string | Uint8Array, headers = {}) =>
    edge.fetch(INSTANCE, { method: 'PUT', body, headers })

  async function expectRefusal(response: Response, status: number): Promise<void> {
    expect(response.status).to.equal(status)
    expect((await json(response))['description'])
      .to.be.a('string')
      .and.not.equal('')
    expect(edge.heard).to.deep.equal([])
  }

  it('a body of 1 MiB is taken, one byte more is 413', async () => {
    const filled = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`
    expect((await put(filled(1024 * 1024))).status).to.equal(200)
    edge.heard.length = 0
    await expectRefusal(await put(filled(1024 * 1024 + 1)), 413)
    await expectRefusal(await put(filled(4 * 1024 * 1024)), 413)
  })

  it('a body that announces 1 TB is refused before it is sent', async () => {
    const answer = await rawRequest(
      edge.server.port,
      `PUT ${INSTANCE} HTTP/1.1\r\n${HEAD}Content-Length: 1000000000000\r\n\r\n`
    )
    expect(answer)
      .to.match(/^HTTP\/1\.1 413 /)
      .and.include('1 MiB')
  })

  it('an expectation that nobody knows is passed over, and the answer is JSON', async () => {
    const served = await rawRequest(
      edge.server.port,
      `GET /v2/catalog HTTP/1.1\r\n${HEAD}Expect: wonders\r\n\r\n`
    )
    expect(served).to.match(/^HTTP\/1\.1 200 /)
    const refused = await rawRequest(
      edge.server.port,
      'GET /v2/catalog HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: wonders\r\n\r\n'
    )
    expect(refused)
      .to.match(/^HTTP\/1\.1 401 /)
      .and.include('"description"')
  })

  it('what is nested too deeply is refused before it is parsed', async () => {
    const refused = await put(`{"a":${'['.repeat(33)} this is no JSON`)
    expect((await json(refused))['description']).to.include('nested deeper')
  })

  it('brackets in a text nest nothing', async () => {
    expect((await put(`{"a":"${'[{\\"'.repeat(40)}","b":[]}`)).status).to.equal(200)
  })

  it('10 000 values are taken, more are not', async () => {
    const holding = (values: number) => JSON.stringify({ a: Array.from({ length: values - 2 }, () => 1) })
    expect((await put(holding(10_000))).status).to.equal(200)
    const refused = await put(holding(10_001))
    expect(refused.status).to.equal(400)
    expect((await json(refused))['description']).to.include('10000 values')
  })

  it('32 levels are taken, 33 are not', async () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    expect((await put(nested(32))).status).to.equal(200)
    edge.heard.length = 0
    await expectRefusal(await put(nested(33)), 400)
    await expectRefusal(await put(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`), 400)
    await expectRefusal(await put(`{"a":${'['.repeat(400_000)}`), 400)
    await expectRefusal(await put(nested(400_000)), 400)
  })

  const refused: Record<string, string | Uint8Array> = {
    'the key __proto__': '{"__proto__":{"a":1}}',
    'the key __proto__ in the depth': '{"a":[{"b":{"__proto__":1}}]}',
    'the key __proto__ with an escape': '{"\\u005f_proto__":1}',
    'constructor.prototype': '{"a":{"constructor":{"prototype":{}}}}',
    'a number beyond all numbers': '{"a":1e999}',
    'NUL in a text': '{"a":"x\\u0000"}',
    'NUL in a key': '{"x\\u0000":1}',
    'half a surrogate pair': '{"a":"\\ud800"}',
    'bytes that are not UTF-8': new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    'two values': '{} {}',
    'a comma too many': '{"a":1,}',
    NaN: '{"a":NaN}',
    'single quotes': "{'a':1}",
    'UTF-16': Buffer.from('{"a":1}', 'utf16le')
  }
  for (const [name, body] of Object.entries(refused))
    it(`${name} is 400`, async () => expectRefusal(await put(body), 400))

  it('a compressed body is 400', async () =>
    expectRefusal(await put('{}', { 'Content-Encoding': 'gzip' }), 400))

  it('a key twice, a byte order mark, the word constructor and emoji are no mistakes', async () => {
    for (const body of ['{"a":1,"a":2}', '\ufeff{}', '{"constructor":"x","prototype":1}', '{"😀":"😀"}'])
      expect((await put(body)).status, body).to.equal(200)
  })

  it('no refusal repeats what was sent', async () => {
    for (const body of [`{"password":"${PASSWORD}",`, `"${PASSWORD}"`, `{"${PASSWORD}":1e999}`])
      expect(await (await put(body)).text()).to.not.include(PASSWORD)
    expect(await (await edge.fetch(`/v2/service_instances/${PASSWORD}%00`)).text()).to.not.include(PASSWORD)
  })

  it('a body that ends early is not processed', async () => {
    const { rawConnection } = await import('../support/raw-http.ts')
    const connection = await rawConnection(edge.server.port)
    connection.socket.write(`PUT ${INSTANCE} HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\n{"a":1}`)
    connection.socket.end()
    await connection.closed()
    expect(edge.heard).to.deep.equal([])
  })

  const smuggled: Record<string, string> = {
    'Content-Length and Transfer-Encoding': `PUT ${INSTANCE} HTTP/1.1\r\n${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'two lengths': `PUT ${INSTANCE} HTTP/1.1\r\n${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    'an unknown transfer coding': `PUT ${INSTANCE} HTTP/1.1\r\n${HEAD}Transfer-Encoding: xchunked\r\n\r\n{}`,
    'a space before the colon': `GET ${INSTANCE} HTTP/1.1\r\n${HEAD}X-A : 1\r\n\r\n`,
    'a folded header': `GET ${INSTANCE} HTTP/1.1\r\n${HEAD}X-A: 1\r\n X-B: 2\r\nX C: 3\r\n\r\n`,
    'a control character in the target': `GET ${INSTANCE}\x01 HTTP/1.1\r\n${HEAD}\r\n`,
    'NUL in a header': `GET ${INSTANCE} HTTP/1.1\r\n${HEAD}X-A: a\0b\r\n\r\n`,
    'no HTTP at all': '\x16\x03\x01\x02\x00\r\n\r\n',
    'a chunk size that is none': `PUT ${INSTANCE} HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    'no Host': `GET ${INSTANCE} HTTP/1.1\r\nAuthorization: ${CF}\r\nX-Broker-API-Version: 2.17\r\nConnection: close\r\n\r\n`,
    'no Host on the catalog': `GET /v2/catalog HTTP/1.1\r\nAuthorization: ${CF}\r\nX-Broker-API-Version: 2.17\r\nConnection: close\r\n\r\n`
  }
  for (const [name, request] of Object.entries(smuggled))
    it(`${name} is 400 as JSON, and nothing of it is served`, async () => {
      const answer = await rawRequest(edge.server.port, request)
      expect(answer).to.match(/^HTTP\/1\.1 400 /)
      expect(answer).to.match(/content-type: application\/json/i)
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).to.have.property('description')
      expect(edge.heard).to.deep.equal([])
    })

  it('headers of more than 16 KiB are 431', async () => {
    const answer = await rawRequest(
      edge.server.port,
      `GET ${INSTANCE} HTTP/1.1\r\n${HEAD}X-A: ${'a'.repeat(20_000)}\r\n\r\n`
    )
    expect(answer).to.match(/^HTTP\/1\.1 431 /)
  })

  it('the absolute form of a target is the same target', async () => {
    const answer = await rawRequest(
      edge.server.port,
      `GET http://x${INSTANCE}?plan_id=p HTTP/1.1\r\n${HEAD}\r\n`
    )
    expect(answer).to.match(/^HTTP\/1\.1 200 /)
    expect(edge.heard[0]?.rest).to.deep.equal(['i1', { planId: 'p' }])
  })

  it('no mutation of a request is a 5xx, and each answer is a JSON object', async () => {
    let count = 0
    for (const route of OSB_ROUTES)
      for (const mutation of mutations(route)) {
        const response = await edge.fetch(mutation.path, mutation)
        expect(response.status, JSON.stringify(mutation)).to.be.below(500)
        if (response.status >= 400)
          expect((await json(response))['description'], JSON.stringify(mutation)).to.be.a('string')
        else await response.arrayBuffer()
        count += 1
      }
    expect(count).to.be.greaterThan(400)
  }).timeout(20_000)
})

interface Mutation {
  readonly method: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

const PIECES = [
  '',
  '%',
  '%00',
  '%0d%0aX: y',
  '../',
  '..%2f',
  '%ff',
  "'",
  '"',
  '<',
  '\u00fc',
  ';',
  '&',
  '?',
  '{',
  'a'.repeat(300)
]

/** The same request, wrong in one place. */
function* mutations({ method, path, body }: Mutation): Generator<Mutation> {
  const whole = { method, ...(body && { body }) }
  for (const piece of PIECES) {
    yield { ...whole, path: path + encodeURI(piece).replaceAll('%25', '%') }
    yield { ...whole, path: path.replace('i1', piece.replaceAll('?', '%3F')) }
    yield { ...whole, path: `${path}${path.includes('?') ? '&' : '?'}accepts_incomplete=${piece}` }
    if (body) yield { ...whole, path, body: body.replace('"s"', piece) }
    if (body) yield { ...whole, path, body: body.slice(0, piece.length % body.length) }
    if (/[\r\n]/.test(piece)) continue
    for (const name of ['X-Broker-API-Version', 'Authorization', 'Accept-Encoding', 'If-None-Match'])
      yield { ...whole, path, headers: { [name]: piece } }
  }
  for (const other of ['GET', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS'])
    yield { method: other, path, ...(body && other !== 'GET' && { body }) }
}
