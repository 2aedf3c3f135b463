import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createSocketServer, type LookupFunction } from 'node:net'
import { expect } from 'chai'
import type { HttpRequest } from '../../src/contract/ports.ts'
import { type HttpOutcome, type HttpPortOptions, httpPort } from '../../src/transport/http.ts'
import { failureOf } from '../support/failures.ts'
import { useProviderMock } from '../support/provider-mock.ts'
import { selfSigned } from '../support/self-signed.ts'

const forever = new AbortController().signal

function port(options: Partial<HttpPortOptions> = {}) {
  return httpPort({ signal: forever, network: 'public', ...options })
}

function get(url: string): HttpRequest {
  return { method: 'GET', url: new URL(url) }
}

function post(url: string): HttpRequest {
  return { method: 'POST', url: new URL(url), body: { a: 1 } }
}

describe('the HTTP port, with its requests caught', () => {
  const mock = useProviderMock('https://api.example.com')

  it('sends JSON and hands over status, headers and the parsed body', async () => {
    mock.expect(
      {
        method: 'POST',
        path: '/things',
        query: { page: '1' },
        body: { name: 'one' },
        sends: { 'content-type': 'application/json', accept: 'application/json', 'x-token': 't' }
      },
      { status: 201, body: { id: 7 }, headers: { 'X-Request-Id': 'r-1' } }
    )
    const answer = await port().send({
      method: 'POST',
      url: new URL('https://api.example.com/things?page=1'),
      headers: { 'x-token': 't' },
      body: { name: 'one' }
    })
    expect(answer.status).to.equal(201)
    expect(answer.headers['x-request-id']).to.equal('r-1')
    expect(answer.body).to.deep.equal({ id: 7 })
  })

  it('hands over an empty body as undefined and one that is not JSON as text', async () => {
    mock.expect({ method: 'GET', path: '/empty' }, { status: 204 })
    mock.expect({ method: 'GET', path: '/text' }, { status: 502, body: '<h1>Bad Gateway</h1>' })
    expect((await port().send(get('https://api.example.com/empty'))).body).to.equal(undefined)
    expect(await port().send(get('https://api.example.com/text'))).to.deep.include({
      status: 502,
      body: '<h1>Bad Gateway</h1>'
    })
  })

  it('follows a redirect of a GET on the same host', async () => {
    mock.expect({ method: 'GET', path: '/old' }, { status: 301, headers: { location: '/new' } })
    mock.expect({ method: 'GET', path: '/new' }, { status: 200, body: { here: true } })
    expect((await port().send(get('https://api.example.com/old'))).body).to.deep.equal({ here: true })
  })

  it('refuses a redirect to another host, and to the same one without TLS', async () => {
    for (const location of ['https://elsewhere.example.com/x', 'http://api.example.com/x']) {
      mock.expect({ method: 'GET', path: '/old' }, { status: 302, headers: { location } })
      const told = await failureOf(
        port().send({ ...get('https://api.example.com/old'), headers: { 'x-token': 't' } })
      )
      expect(told.kind).to.equal('unexpected')
    }
  })

  it('does not repeat a POST for a redirect', async () => {
    mock.expect(
      { method: 'POST', path: '/old', body: { a: 1 } },
      { status: 307, headers: { location: '/new' } }
    )
    expect((await port().send(post('https://api.example.com/old'))).status).to.equal(307)
  })

  it('ends a chain of redirects', async () => {
    for (let i = 0; i < 4; i += 1) {
      mock.expect({ method: 'GET', path: '/loop' }, { status: 302, headers: { location: '/loop' } })
    }
    expect((await failureOf(port().send(get('https://api.example.com/loop')))).kind).to.equal('unexpected')
  })

  it('says that a request may have happened when the connection broke after it was sent', async () => {
    mock.expect({ method: 'POST', path: '/things', body: { a: 1 } }, { breaks: 'ECONNRESET' })
    const told = await failureOf(port().send(post('https://api.example.com/things')))
    expect(told).to.include({ kind: 'unavailable', mayHaveHappened: true })
  })

  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']) {
    it(`says that nothing happened on ${code}`, async () => {
      mock.expect({ method: 'POST', path: '/things', body: { a: 1 } }, { breaks: code })
      const told = await failureOf(port().send(post('https://api.example.com/things')))
      expect(told).to.include({ kind: 'unavailable', mayHaveHappened: false })
    })
  }

  it('tells what a request came to, and no secret of it', async () => {
    const outcomes: HttpOutcome[] = []
    const observe = (outcome: HttpOutcome) => outcomes.push(outcome)
    mock.expect({ method: 'GET', path: '/a', query: { key: 's3cret' } }, { status: 200, body: {} })
    mock.expect({ method: 'GET', path: '/b' }, { breaks: 'ECONNRESET' })
    const headers = { authorization: 's3cret' }
    await port({ observe }).send({ ...get('https://api.example.com/a?key=s3cret'), headers })
    await failureOf(port({ observe }).send({ ...get('https://api.example.com/b'), headers }))
    expect(
      outcomes.map(({ method, path, status, failure: failed }) => [method, path, status, failed?.kind])
    ).to.deep.equal([
      ['GET', '/a', 200, undefined],
      ['GET', '/b', undefined, 'unavailable']
    ])
    expect(JSON.stringify(outcomes)).not.to.contain('s3cret')
  })
})

describe('the HTTP port, on real sockets', () => {
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

  const serve = (listener: RequestListener) => listen(createServer(listener))
  const resolvesTo =
    (address: string): LookupFunction =>
    (_host, _options, callback) =>
      callback(null, [{ address, family: 4 }])

  it('reaches a server on loopback only where private networks are allowed', async () => {
    let requests = 0
    const number = await serve((_request, response) => {
      requests += 1
      response.end('{"ok":true}')
    })
    const url = `http://127.0.0.1:${number}/`
    expect((await port({ network: 'private' }).send(get(url))).body).to.deep.equal({ ok: true })
    expect((await failureOf(port().send(get(url)))).kind).to.equal('denied')
    expect(requests).to.equal(1)
  })

  it('refuses private addresses, literal or by name, before anything is sent', async () => {
    for (const host of ['127.0.0.1', '[::1]', '10.0.0.1', '169.254.169.254', '[::ffff:127.0.0.1]']) {
      const told = await failureOf(port().send(post(`https://${host}/`)))
      expect(told, host).to.include({ kind: 'denied', mayHaveHappened: false })
    }
    const named = port({ lookup: resolvesTo('10.0.0.1') }).send(post('https://api.example.com/'))
    expect(await failureOf(named)).to.include({ kind: 'denied', mayHaveHappened: false })
  })

  it('never speaks without TLS to another machine', async () => {
    const far = port({ network: 'private', lookup: resolvesTo('10.0.0.1') }).send(
      get('http://api.example.com/')
    )
    expect((await failureOf(far)).kind).to.equal('denied')
    expect((await failureOf(port().send(get('http://api.example.com/')))).kind).to.equal('denied')
    expect((await failureOf(port().send(get('ftp://api.example.com/')))).kind).to.equal('invalid')
  })

  it('says of an address that it refuses which setting would allow it', async () => {
    const message = async (address: string, options = {}) =>
      (await failureOf(port(options).send(get(address)))).message
    const plain =
      'is refused without TLS: use https://; http:// is for loopback only, and with the setting `network: private`'
    expect(await message('http://127.0.0.1:9/')).to.equal(`127.0.0.1:9 ${plain}`)
    expect(await message('http://10.0.0.1:9/', { network: 'private' })).to.equal(`10.0.0.1:9 ${plain}`)
    expect(await message('https://10.0.0.1:9/')).to.equal(
      '10.0.0.1:9 has an address that is not public (the setting `network: private` allows it)'
    )
  })

  it('verifies TLS against the authority it was given, also when the environment says not to', async () => {
    const { certificate, key } = selfSigned()
    const server = createTlsServer({ cert: certificate, key }, (_request, response) => response.end('{}'))
    const url = `https://localhost:${await listen(server)}/`
    const trusting = port({ network: 'private', ca: certificate })
    expect((await trusting.send(get(url))).status).to.equal(200)
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      const told = await failureOf(port({ network: 'private' }).send(get(url)))
      expect(told).to.include({ kind: 'denied' })
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
  })

  it('refuses an answer over the limit', async () => {
    const number = await serve((_request, response) => response.end('x'.repeat(2000)))
    const small = port({ network: 'private', maximumAnswerBytes: 1000 })
    const told = await failureOf(small.send(post(`http://127.0.0.1:${number}/`)))
    expect(told).to.include({ kind: 'unexpected', mayHaveHappened: true })
  })

  it('gives up on a silent server, and on one that stops half way', async () => {
    const silent = await serve(() => {})
    const stalled = await serve((_request, response) => {
      response.write('{')
    })
    for (const number of [silent, stalled]) {
      const told = await failureOf(
        port({ network: 'private', timeoutSeconds: 0.2 }).send(post(`http://127.0.0.1:${number}/`))
      )
      expect(told).to.include({ kind: 'unavailable', mayHaveHappened: true })
      expect(told.message).to.contain('in time')
    }
  })

  it('ends with its signal', async () => {
    const stop = new AbortController()
    const number = await serve(() => stop.abort())
    const told = await failureOf(
      port({ network: 'private', signal: stop.signal }).send(post(`http://127.0.0.1:${number}/`))
    )
    expect(told).to.include({ kind: 'unavailable', mayHaveHappened: true })
    const late = await failureOf(
      port({ network: 'private', signal: stop.signal }).send(post(`http://127.0.0.1:${number}/`))
    )
    expect(late).to.include({ kind: 'unavailable', mayHaveHappened: false })
  })

  it('says that nothing happened where nobody listens', async () => {
    const server = createSocketServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port: number } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const told = await failureOf(port({ network: 'private' }).send(post(`http://127.0.0.1:${number}/`)))
    expect(told).to.include({ kind: 'unavailable', mayHaveHappened: false })
  })

  it('says that a request may have happened when the server hangs up on it', async () => {
    const number = await serve((request) => request.socket.destroy())
    const told = await failureOf(port({ network: 'private' }).send(post(`http://127.0.0.1:${number}/`)))
    expect(told).to.include({ kind: 'unavailable', mayHaveHappened: true })
  })
})
