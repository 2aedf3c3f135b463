import { request } from 'node:http'
import { expect } from 'chai'
import type { Edge } from '../../src/http/edge.ts'
import type { ApiRoute } from '../../src/http/route.ts'
import { routes } from '../../src/http/routes.ts'
import {
  basic,
  CF,
  json,
  OPERATOR,
  OPERATOR_PASSWORD,
  OSB_ROUTES,
  PASSWORD,
  startEdge,
  type TestEdge
} from '../support/edge.ts'

const answer = () => ({ status: 200, body: { ok: true } })
const API: readonly ApiRoute[] = [
  { method: 'GET', path: '/api/offers', who: 'public', handle: answer },
  {
    method: 'GET',
    path: '/api/receipts/:id',
    who: 'platform',
    handle: ({ params }) => ({ status: 200, body: params })
  },
  { method: 'POST', path: '/api/operations/:id/retry', handle: ({ body }) => ({ status: 200, body }) },
  {
    method: 'GET',
    path: '/',
    who: 'public',
    handle: () => ({ status: 200, body: '<p>', contentType: 'text/html' })
  }
]
const FROM_OUTSIDE = { 'X-Forwarded-For': '203.0.113.9' }

describe('operating the edge', () => {
  let edge: TestEdge

  beforeEach(async () => {
    edge = await startEdge({ api: API })
  })
  afterEach(() => edge.server.close(0))

  const open = (path: string, headers = {}) =>
    edge.fetch(path, { headers: { Authorization: undefined, 'X-Broker-API-Version': undefined, ...headers } })

  describe('who may do what', () => {
    const expected = {
      public: [200, 200, 200],
      platform: [401, 200, 200],
      operator: [401, 403, 200],
      local: [401, 403, 200]
    }

    it('every route names who may use it, and keeps everyone else out', async () => {
      const all = routes({ api: API } as unknown as Edge, { draining: false })
      expect(all).to.have.length.greaterThan(12)
      for (const { method, path, who, osb } of all) {
        const statuses: number[] = []
        for (const login of [undefined, CF, OPERATOR]) {
          const headers = { Authorization: login, ...FROM_OUTSIDE }
          const body = ['GET', 'DELETE'].includes(method) ? {} : { body: '{}' }
          statuses.push((await edge.fetch(path.replace(/:\w+/g, 'x'), { method, headers, ...body })).status)
        }
        expect(statuses, `${method} ${path}`).to.deep.equal(osb ? [401, 200, 401] : expected[who])
      }
    })

    it('a route that does not say is for operators', async () => {
      const retry = (login: string) =>
        edge.fetch('/api/operations/o1/retry', {
          method: 'POST',
          headers: { Authorization: login },
          body: '{"a":1}'
        })
      expect((await retry(CF)).status).to.equal(403)
      expect(await json(await retry(OPERATOR))).to.deep.equal({ a: 1 })
    })

    it('the API version header is for OSB routes only', async () => {
      expect(await json(await open('/api/receipts/a%2Fb', { Authorization: CF }))).to.deep.equal({
        id: 'a/b'
      })
      expect((await open('/')).headers.get('content-type')).to.equal('text/html')
    })
  })

  describe('health', () => {
    it('/livez is open', async () => {
      expect((await open('/livez')).status).to.equal(200)
    })

    it('/readyz tells details to this machine and to operators only', async () => {
      expect(await json(await open('/readyz'))).to.have.property('details')
      expect(await json(await open('/readyz', FROM_OUTSIDE))).to.deep.equal({ status: 'ready' })
      expect(await json(await open('/readyz', { ...FROM_OUTSIDE, Authorization: CF }))).to.deep.equal({
        status: 'ready'
      })
      const operators = await json(await open('/readyz', { ...FROM_OUTSIDE, Authorization: OPERATOR }))
      expect(operators['details']).to.deep.equal({ store: 'answers' })
    })

    it('/readyz is 503 with a description while the broker is not ready', async () => {
      edge.health = { ready: false, details: { store: 'migrating' } }
      const response = await open('/readyz', FROM_OUTSIDE)
      expect(response.status).to.equal(503)
      expect(await json(response)).to.have.all.keys('status', 'error', 'description')
    })

    it('a store that does not answer is 503 with Retry-After, so that platforms go on polling', async () => {
      edge.answer = () => Promise.reject(new Error('the store is away'))
      for (const { method, path, body } of OSB_ROUTES.slice(1)) {
        const response = await edge.fetch(path, { method, ...(body !== undefined && { body }) })
        expect([response.status, response.headers.get('retry-after')], `${method} ${path}`).to.deep.equal([
          503,
          '5'
        ])
      }
      expect(edge.lines.filter((line) => line.includes('the store does not answer')).join('')).to.include(
        '"level":"warn"'
      )
    })

    it('/readyz is 503 when drained, while everything else is served', async () => {
      edge.server.drain()
      expect((await open('/readyz')).status).to.equal(503)
      expect((await open('/livez')).status).to.equal(200)
      expect((await edge.fetch('/v2/catalog')).headers.get('connection')).to.equal('close')
    })
  })

  describe('metrics', () => {
    it('are for this machine and for operators', async () => {
      expect((await open('/metrics')).status).to.equal(200)
      expect((await open('/metrics', FROM_OUTSIDE)).status).to.equal(401)
      expect((await open('/metrics', { ...FROM_OUTSIDE, Authorization: CF })).status).to.equal(403)
      const response = await open('/metrics', { ...FROM_OUTSIDE, Authorization: OPERATOR })
      expect(response.headers.get('content-type')).to.include('text/plain')
      expect(await response.text()).to.include('portolan_http_requests_total')
    })

    it('are not for a name that only leads to this machine', async () => {
      const statusFor = (host: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const sent = request(`${edge.server.url}/metrics`, { headers: { Host: host } }, (response) => {
            response.resume()
            resolve(response.statusCode)
          })
          sent.on('error', reject).end()
        })
      for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:8080', '[::1]:8080'])
        expect(await statusFor(host), host).to.equal(200)
      for (const host of [
        'rebound.example',
        'rebound.example:8080',
        'localhost.rebound.example',
        '127.0.0.1.nip.example'
      ])
        expect(await statusFor(host), host).to.equal(401)
    })

    it('count by route, not by path', async () => {
      for (const id of ['a', 'b', 'c']) await edge.fetch(`/v2/service_instances/${id}`)
      await edge.fetch('/nowhere/1')
      await edge.fetch('/nowhere/2')
      const text = await (await open('/metrics')).text()
      expect(text).to.include('{method="GET",route="/v2/service_instances/:instance",status="200"} 3')
      expect(text).to.include('{method="GET",route="unknown",status="404"} 2')
      expect(text).to.not.include('nowhere')
    })
  })

  describe('log', () => {
    it('has one line for each request, with its route and platform', async () => {
      const response = await edge.fetch('/v2/service_instances/i%0A1?operation=token-1')
      const line = JSON.parse(edge.lines.at(-1) ?? '{}')
      expect(edge.lines).to.have.length(1)
      expect(line).to.include({
        level: 'info',
        requestId: response.headers.get('x-request-id'),
        method: 'GET',
        route: '/v2/service_instances/:instance',
        path: '/v2/service_instances/i%0A1',
        status: 400,
        platform: 'cf'
      })
      expect(line.ms).to.be.a('number')
      expect(edge.lines[0]).to.not.include('token-1')
    })

    it('never holds a secret: not of headers, bodies, answers or errors', async () => {
      const secrets = [
        PASSWORD,
        OPERATOR_PASSWORD,
        'b-credential-77',
        'body-secret-88',
        CF.slice(6),
        OPERATOR.slice(6)
      ]
      edge.answer = ({ call }) => {
        if (call === 'unbind') throw new Error(`login failed: postgres://u:${PASSWORD}@h/d with ${CF}`)
        return { status: 200, body: { credentials: { password: 'b-credential-77' } } }
      }
      for (const { path, ...sent } of OSB_ROUTES)
        for (const login of [CF, OPERATOR, basic('cf', 'body-secret-88'), undefined])
          await edge.fetch(path, {
            ...sent,
            ...(sent.body && { body: '{"parameters":{"password":"body-secret-88"}}' }),
            headers: { Authorization: login, Cookie: 'session=body-secret-88' }
          })
      await open(`/metrics?password=${PASSWORD}`)
      expect(edge.lines.length).to.be.greaterThan(40)
      const all = edge.lines.join('')
      expect(all).to.include('login failed')
      for (const secret of secrets) expect(all).to.not.include(secret)
    })
  })
})
