import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { CATALOG_TEXT, startEdge, type TestEdge } from '../support/edge.ts'

describe('GET /v2/catalog', () => {
  let edge: TestEdge

  before(async () => {
    edge = await startEdge()
  })
  after(() => edge.server.close(0))

  const get = (headers = {}, method = 'GET', path = '/v2/catalog') =>
    edge.fetch(path, { method, headers: { 'Accept-Encoding': 'identity', ...headers } })

  it('answers the prepared bytes with an ETag', async () => {
    const response = await get()
    expect(response.headers.get('etag')).to.equal('"c1"')
    expect(response.headers.get('content-length')).to.equal(String(CATALOG_TEXT.length))
    expect(await response.text()).to.equal(CATALOG_TEXT)
  })

  for (const tag of ['"c1"', 'W/"c1"', '"a", "c1"', '"c1-gzip"', '*'])
    it(`answers 304 without a body to If-None-Match: ${tag}`, async () => {
      const response = await get({ 'If-None-Match': tag })
      expect(response.status).to.equal(304)
      expect(response.headers.get('etag')).to.equal('"c1"')
      expect(await response.text()).to.equal('')
    })

  it('answers 200 to another tag', async () => {
    expect((await get({ 'If-None-Match': '"c2"' })).status).to.equal(200)
  })

  it('is gzip only for those who accept it, under a tag of its own', async () => {
    for (const accept of ['gzip', 'deflate, gzip;q=0.5', 'GZIP']) {
      const { promise, response } = await raw(accept)
      expect(response.headers['content-encoding'], accept).to.equal('gzip')
      expect(response.headers.etag).to.equal('"c1-gzip"')
      expect(gunzipSync(await promise).toString()).to.equal(CATALOG_TEXT)
    }
    for (const accept of ['identity', 'gzip;q=0', 'xgzip', 'gzip; q=0.0, br']) {
      const { promise, response } = await raw(accept)
      expect(response.headers['content-encoding'], accept).to.equal(undefined)
      expect((await promise).toString()).to.equal(CATALOG_TEXT)
    }
  })

  it('says the same the long way', async () => {
    const short = await get()
    const long = await get({}, 'GET', '/v2/catalog?x=1')
    const headersOf = (response: Response) =>
      Object.fromEntries([...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name)))
    expect(headersOf(long)).to.deep.equal(headersOf(short))
    expect(await long.text()).to.equal(await short.text())
    expect((await get({ 'If-None-Match': '"c1"' }, 'GET', '/v2/catalog?x=1')).status).to.equal(304)
  })

  it('has no body for HEAD', async () => {
    const response = await get({}, 'HEAD')
    expect(response.status).to.equal(200)
    expect(response.headers.get('content-length')).to.equal(String(CATALOG_TEXT.length))
    expect(await response.text()).to.equal('')
  })

  it('is logged and counted like every other request', async () => {
    edge.lines.length = 0
    const response = await get({ 'X-Broker-API-Request-Identity': 'r-1' })
    expect(response.headers.get('x-broker-api-request-identity')).to.equal('r-1')
    const line = JSON.parse(edge.lines.at(-1) ?? '{}')
    expect(line).to.include({
      requestId: response.headers.get('x-request-id'),
      route: '/v2/catalog',
      status: 200,
      platform: 'cf',
      requestIdentity: 'r-1'
    })
    const metrics = await (await edge.fetch('/metrics')).text()
    expect(metrics).to.match(
      /portolan_http_requests_total\{method="GET",route="\/v2\/catalog",status="200"\} \d/
    )
  })

  /** Past `fetch`, which unpacks and hides the encoding. */
  async function raw(accept: string) {
    const { request } = await import('node:http')
    const { CF } = await import('../support/edge.ts')
    const headers = { Authorization: CF, 'X-Broker-API-Version': '2.17', 'Accept-Encoding': accept }
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request(`${edge.url}/v2/catalog`, { headers }, resolve).on('error', reject).end()
    })
    return { response, promise: response.toArray().then((chunks) => Buffer.concat(chunks)) }
  }
})
