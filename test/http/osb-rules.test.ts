import { expect } from 'chai'
import type { Answer } from '../../src/domain/caller.ts'
import { Refusal, refuse, SENTENCES } from '../../src/domain/refusal.ts'
import { json, OSB_ROUTES, startEdge, type TestEdge } from '../support/edge.ts'

const INSTANCE = '/v2/service_instances/i1'

describe('what holds for every OSB route', () => {
  let edge: TestEdge

  beforeEach(async () => {
    edge = await startEdge()
  })
  afterEach(() => edge.server.close(0))

  async function expectError(response: Response, status: number): Promise<void> {
    expect(response.status).to.equal(status)
    expect(response.headers.get('content-type')).to.equal('application/json')
    const body = await json(response)
    expect(body['description']).to.be.a('string').and.not.equal('')
    if (body['error'] !== undefined) expect(body['error']).to.match(/^[A-Z][A-Za-z]+$/)
    expect(JSON.stringify(body)).to.not.include('    at ')
  }

  describe('version', () => {
    for (const version of ['2.11', '2.13', '2.14', '2.15', '2.16', '2.17', '2.100'])
      it(`G-01: ${version} is served`, async () => {
        const headers = { 'X-Broker-API-Version': version }
        for (const { path, ...request } of OSB_ROUTES)
          expect((await edge.fetch(path, { ...request, headers })).status).to.equal(200)
      })

    for (const version of ['1.0', '3.0', '2.x', 'abc', '2', '2.17.0', '-2.17', '2.10', '2.17, 2.17'])
      it(`G-02: ${version} is refused with 412 and names what is served`, async () => {
        for (const { path, ...request } of OSB_ROUTES) {
          const response = await edge.fetch(path, {
            ...request,
            headers: { 'X-Broker-API-Version': version }
          })
          const copy = response.clone()
          await expectError(response, 412)
          expect((await json(copy))['description']).to.include('2.11')
        }
        expect(edge.heard).to.deep.equal([])
      })

    it('G-03: versions are compared as whole numbers', async () => {
      const strict = await startEdge({ versions: { minimum: '2.13', missingStatus: 400 } })
      const statusOf = async (version: string) =>
        (await strict.fetch('/v2/catalog', { headers: { 'X-Broker-API-Version': version } })).status
      expect(await statusOf('2.9')).to.equal(412)
      expect(await statusOf('2.12')).to.equal(412)
      expect(await statusOf('2.13')).to.equal(200)
      expect(await statusOf('2.100')).to.equal(200)
      await strict.server.close(0)
    })

    it('G-04: a missing or empty header is 400 on every route', async () => {
      for (const { path, ...request } of OSB_ROUTES)
        for (const version of [undefined, ''])
          await expectError(
            await edge.fetch(path, { ...request, headers: { 'X-Broker-API-Version': version } }),
            400
          )
      expect(edge.heard).to.deep.equal([])
    })

    it('G-04: a missing header is 412 where that is configured', async () => {
      const old = await startEdge({ versions: { minimum: '2.11', missingStatus: 412 } })
      for (const { path, ...request } of OSB_ROUTES)
        await expectError(
          await old.fetch(path, { ...request, headers: { 'X-Broker-API-Version': undefined } }),
          412
        )
      await old.server.close(0)
    })
  })

  describe('identity of a request', () => {
    it('G-07: comes back with a success and with every kind of error', async () => {
      const id = 'f4f5d1d0-6a34-4f0e-9f0e-0f4f2f1c3b11'
      const headers = { 'X-Broker-API-Request-Identity': id }
      const answers = [
        await edge.fetch('/v2/catalog', { headers }),
        await edge.fetch(INSTANCE, { headers }),
        await edge.fetch(INSTANCE, { method: 'PUT', body: '[]', headers }),
        await edge.fetch(INSTANCE, { headers: { ...headers, Authorization: undefined } }),
        await edge.fetch('/v2/catalog', { headers: { ...headers, Authorization: undefined } }),
        await edge.fetch('/v2/nothing', { headers }),
        await edge.fetch(INSTANCE, { headers: { ...headers, 'X-Broker-API-Version': '1.0' } })
      ]
      for (const status of [404, 409, 410, 422, 500]) {
        edge.answer = () => {
          throw new Refusal(status, 'no')
        }
        answers.push(await edge.fetch(INSTANCE, { headers }))
      }
      expect(answers.map(({ status }) => status)).to.deep.equal([
        200, 200, 400, 401, 401, 404, 412, 404, 409, 410, 422, 500
      ])
      for (const answer of answers) expect(answer.headers.get('x-broker-api-request-identity')).to.equal(id)
    })

    it('G-08: is never required, nor is the originating identity', async () => {
      for (const { path, ...request } of OSB_ROUTES)
        expect((await edge.fetch(path, request)).status).to.equal(200)
    })

    it('G-08: an originating identity reaches the broker as claimed', async () => {
      const claimed = `cloudfoundry ${Buffer.from('{"user_id":"u1"}').toString('base64')}`
      await edge.fetch(INSTANCE, { headers: { 'X-Broker-API-Originating-Identity': claimed } })
      expect(edge.heard[0]?.caller.originatingIdentity).to.equal(claimed)
    })

    for (const garbage of [
      '',
      'x',
      'cloudfoundry',
      'cloudfoundry !!!',
      `kubernetes ${btoa('[1]')}`,
      `a ${btoa('{')}`
    ])
      it(`G-08: an originating identity "${garbage}" is dropped and the request served`, async () => {
        const headers = { 'X-Broker-API-Originating-Identity': garbage }
        expect((await edge.fetch(INSTANCE, { headers })).status).to.equal(200)
        expect(edge.heard[0]?.caller).to.not.have.property('originatingIdentity')
      })

    it('an originating identity of more than 4 KiB is refused', async () => {
      const headers = { 'X-Broker-API-Originating-Identity': `cloudfoundry ${'A'.repeat(4096)}` }
      await expectError(await edge.fetch(INSTANCE, { headers }), 400)
    })
  })

  it('G-09: unknown fields reach the broker without harm', async () => {
    const body = { service_id: 's', 'x-acme-foo': 1, context: { 'x-acme-foo': { deep: [null] } } }
    expect((await edge.fetch(INSTANCE, { method: 'PUT', body: JSON.stringify(body) })).status).to.equal(200)
    expect(edge.heard[0]?.rest[2]).to.deep.equal(body)
  })

  it('G-10 G-11 G-12: a refusal keeps its status, error and description', async () => {
    for (const status of [400, 404, 409, 410, 422]) {
      edge.answer = () => {
        throw new Refusal(status, 'The reason.', { error: 'ConcurrencyError', retryAfterSeconds: 4.2 })
      }
      const response = await edge.fetch(INSTANCE)
      expect(response.status).to.equal(status)
      expect(response.headers.get('retry-after')).to.equal('5')
      expect(await json(response)).to.deep.equal({ error: 'ConcurrencyError', description: 'The reason.' })
    }
  })

  it('G-12: what nobody meant to throw is 500 with a reference that is in the log, and without its message', async () => {
    edge.answer = () => {
      throw new Error('select secret from nowhere')
    }
    const response = await edge.fetch(INSTANCE)
    const reference = response.headers.get('x-request-id') ?? 'none'
    const copy = response.clone()
    await expectError(response, 500)
    const body = JSON.stringify(await json(copy))
    expect(body).to.include(reference).and.not.include('nowhere')
    expect(edge.lines.some((line) => line.includes(reference) && line.includes('nowhere'))).to.equal(true)
  })

  it('G-13 G-14: instance_usable only on update and deprovision, update_repeatable only on update', async () => {
    edge.answer = () => {
      throw new Refusal(400, 'no', { instanceUsable: false, updateRepeatable: true })
    }
    const flags = new Map<string, string[]>()
    for (const { path, ...request } of OSB_ROUTES.slice(1)) {
      const body = await json(await edge.fetch(path, request))
      flags.set(
        `${request.method} ${path.split('?')[0]}`,
        Object.keys(body).filter((key) => key.includes('_'))
      )
      if ('instance_usable' in body) expect(body['instance_usable']).to.equal(false)
    }
    expect(Object.fromEntries([...flags].filter(([, keys]) => keys.length > 0))).to.deep.equal({
      [`PATCH ${INSTANCE}`]: ['instance_usable', 'update_repeatable'],
      [`DELETE ${INSTANCE}`]: ['instance_usable']
    })
  })

  it('G-15: the four codes and their sentences pass the edge as they are', async () => {
    for (const code of Object.keys(SENTENCES) as (keyof typeof SENTENCES)[]) {
      edge.answer = () => {
        throw refuse(code)
      }
      const response = await edge.fetch(INSTANCE, { method: 'PUT', body: '{}' })
      expect(response.status).to.equal(422)
      expect(await json(response)).to.deep.equal({ error: code, description: SENTENCES[code] })
    }
  })

  it('G-16: what the edge refuses never reaches the broker', async () => {
    for (const { path, ...request } of OSB_ROUTES)
      for (const headers of [{ Authorization: 'x' }, { 'X-Broker-API-Version': '1.0' }])
        await edge.fetch(path, { ...request, headers })
    for (const body of ['', '[]', '{"__proto__":1}']) await edge.fetch(INSTANCE, { method: 'PUT', body })
    await edge.fetch('/v2/service_instances/%00', { method: 'DELETE' })
    expect(edge.heard).to.deep.equal([])
  })

  it('G-17: after an unexpected failure the next request is served', async () => {
    for (const { path, ...request } of OSB_ROUTES.slice(1)) {
      edge.answer = () => {
        throw new TypeError('x is not a function')
      }
      await expectError(await edge.fetch(path, request), 500)
      edge.answer = () => ({ status: 200, body: {} })
      expect((await edge.fetch(path, request)).status).to.equal(200)
    }
  })

  it('G-21: a slow request does not hold up the others', async () => {
    let release: (answer: Answer) => void = () => undefined
    edge.answer = ({ call }) =>
      call === 'provision'
        ? new Promise((resolve) => {
            release = resolve
          })
        : { status: 200, body: {} }
    const slow = edge.fetch(INSTANCE, { method: 'PUT', body: '{}' })
    while (edge.heard.length === 0) await new Promise(setImmediate)
    for (const { path, ...request } of OSB_ROUTES.filter(({ method }) => method !== 'PUT'))
      expect((await edge.fetch(path, request)).status).to.equal(200)
    release({ status: 202, body: {} })
    expect((await slow).status).to.equal(202)
  })

  it('a refused poll is told and logged like every refusal, once', async () => {
    edge.answer = () => {
      throw new Refusal(404, 'No such instance.', { retryAfterSeconds: 2 })
    }
    const response = await edge.fetch(`${INSTANCE}/last_operation`)
    expect(response.headers.get('retry-after')).to.equal('2')
    await expectError(response, 404)
    expect(edge.lines).to.have.length(1)
    expect(JSON.parse(edge.lines[0] ?? '')).to.include({ status: 404, platform: 'cf' })
  })

  it('G-18: every answer is a JSON object and says so', async () => {
    for (const { path, ...request } of [...OSB_ROUTES, { method: 'GET', path: '/nothing' }]) {
      const response = await edge.fetch(path, request)
      expect(response.headers.get('content-type')).to.equal('application/json')
      expect(await json(response)).to.be.an('object')
    }
  })

  it('G-18: 410 has a body too', async () => {
    edge.answer = () => ({ status: 410, body: {} })
    const response = await edge.fetch(INSTANCE, { method: 'DELETE' })
    expect(response.status).to.equal(410)
    expect(await response.text()).to.equal('{}')
  })

  it('Retry-After of an answer is whole seconds', async () => {
    edge.answer = () => ({ status: 202, body: { operation: 'o' }, retryAfterSeconds: 10 })
    const response = await edge.fetch(INSTANCE, { method: 'PUT', body: '{}' })
    expect(response.status).to.equal(202)
    expect(response.headers.get('retry-after')).to.equal('10')
  })

  describe('body', () => {
    const refused: Record<string, { body?: string; type?: string }> = {
      'text that is not JSON': { body: 'hello', type: 'text/plain' },
      'a form': { body: 'service_id=s', type: 'application/x-www-form-urlencoded' },
      'JSON called a form': { body: '{}', type: 'application/x-www-form-urlencoded' },
      'a multipart form': { body: '--x--', type: 'multipart/form-data; boundary=x' },
      'JSON cut off': { body: '{"a":' },
      nothing: { body: '' },
      'a list': { body: '[]' },
      'a text': { body: '"x"' },
      null: { body: 'null' },
      'a number': { body: '1' }
    }
    for (const [name, { body, type }] of Object.entries(refused))
      it(`G-19: ${name} is 400`, async () => {
        for (const { path, method } of OSB_ROUTES.filter((route) => route.body)) {
          const headers = { 'Content-Type': type ?? 'application/json' }
          await expectError(await edge.fetch(path, { method, headers, body: body ?? '' }), 400)
        }
        expect(edge.heard).to.deep.equal([])
      })

    for (const type of [
      'text/plain',
      'application/json; charset=utf-8',
      'application/octet-stream',
      undefined
    ])
      it(`G-19: JSON sent as ${type} is taken`, async () => {
        const body = new TextEncoder().encode('{"a":1}')
        const response = await edge.fetch(INSTANCE, {
          method: 'PUT',
          headers: { 'Content-Type': type },
          body
        })
        expect(response.status).to.equal(200)
      })

    it('G-19: a Content-Type without a body on GET and DELETE is no mistake', async () => {
      for (const method of ['GET', 'DELETE']) {
        const headers = { 'Content-Type': 'application/json' }
        expect((await edge.fetch(INSTANCE, { method, headers })).status).to.equal(200)
      }
    })
  })

  describe('ids', () => {
    const ids = [
      'a%20b',
      '%C3%BC',
      'a%2Fb',
      'a%252Fb',
      '..%2F..',
      '%2E%2E%2F',
      'A',
      '%25',
      'a+b',
      '%E2%80%A8'
    ]
    for (const id of ids)
      it(`G-20: ${id} is decoded once`, async () => {
        for (const suffix of ['', '/last_operation', `/service_bindings/${id}`]) {
          const response = await edge.fetch(`/v2/service_instances/${id}${suffix}`)
          expect(response.status).to.equal(200)
          expect(edge.heard.at(-1)?.rest[0]).to.equal(decodeURIComponent(id))
        }
        expect(edge.heard.at(-1)?.rest[1]).to.equal(decodeURIComponent(id))
      })

    it('G-20: 255 bytes are taken, 256 are not', async () => {
      expect((await edge.fetch(`/v2/service_instances/${'a'.repeat(255)}`)).status).to.equal(200)
      await expectError(await edge.fetch(`/v2/service_instances/${'a'.repeat(256)}`), 400)
      await expectError(await edge.fetch(`/v2/service_instances/${'%C3%BC'.repeat(128)}`), 400)
    })

    for (const id of ['%00', 'a%0Ab', '%7F', '%C2%80', '%', '%zz', '%ff', '%c3%28', '%ED%A0%80'])
      it(`G-20: ${id} is 400`, async () => {
        await expectError(await edge.fetch(`/v2/service_instances/${id}`), 400)
        await expectError(await edge.fetch(`${INSTANCE}/service_bindings/${id}`), 400)
        expect(edge.heard).to.deep.equal([])
      })

    it('G-23: an empty id is 404', async () => {
      await expectError(await edge.fetch('/v2/service_instances/', { method: 'PUT', body: '{}' }), 404)
      await expectError(await edge.fetch('/v2/service_instances//service_bindings/b'), 404)
      await expectError(await edge.fetch(`${INSTANCE}/service_bindings/`), 404)
    })
  })

  it('accepts_incomplete is true only for the literal true', async () => {
    for (const query of ['', '?accepts_incomplete=', '?accepts_incomplete=1', '?accepts_incomplete=True'])
      await edge.fetch(INSTANCE + query, { method: 'PUT', body: '{}' })
    await edge.fetch(`${INSTANCE}?accepts_incomplete=true`, { method: 'PUT', body: '{}' })
    expect(edge.heard.map(({ rest }) => rest[1])).to.deep.equal([false, false, false, false, true])
  })

  it('a query parameter that is empty is told apart from one that is absent', async () => {
    await edge.fetch(`${INSTANCE}/last_operation?operation=&plan_id=a%26b`)
    expect(edge.heard[0]?.rest[1]).to.deep.equal({ operation: '', planId: 'a&b' })
  })

  it('a wrong method is 405 and the right ones are named', async () => {
    const response = await edge.fetch(INSTANCE, { method: 'POST', body: '{}' })
    expect(response.headers.get('allow')).to.equal('PUT, PATCH, HEAD, GET, DELETE')
    await expectError(response, 405)
    for (const method of ['OPTIONS', 'PUT', 'DELETE'])
      await expectError(await edge.fetch('/v2/catalog', { method }), 405)
  })

  for (const path of [
    '/',
    '/v2',
    '/v2/',
    '/v2/catalog/',
    '/V2/catalog',
    '//v2/catalog',
    '/v2/service_instances',
    '/..%2fv2/catalog'
  ])
    it(`${path} is 404`, async () => expectError(await edge.fetch(path), 404))

  it('HEAD is GET without the body', async () => {
    const response = await edge.fetch(INSTANCE, { method: 'HEAD' })
    expect(response.status).to.equal(200)
    expect(await response.text()).to.equal('')
  })
})
