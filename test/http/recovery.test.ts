import { expect } from 'chai'
import { NO_HEAD, type RecoveryReason } from '../../src/domain/checkpoint.ts'
import type { ApiRoute } from '../../src/http/route.ts'
import { json, OPERATOR, OSB_ROUTES, startEdge, type TestEdge } from '../support/edge.ts'

const REASON: RecoveryReason = {
  since: 1,
  witness: 'audit.checkpoint',
  seen: { number: 9, mac: 'm', at: 1 },
  found: NO_HEAD
}

const done = (): { status: number; body: object } => ({ status: 200, body: {} })
const API: readonly ApiRoute[] = [
  { method: 'GET', path: '/api/things', handle: done },
  { method: 'POST', path: '/api/things', handle: done },
  { method: 'POST', path: '/api/recover', inRecovery: true, handle: done }
]

describe('A broker that recovers', () => {
  let edge: TestEdge
  let reason: RecoveryReason | undefined

  before(async () => {
    edge = await startEdge({ api: API, recovery: { reason: () => reason } })
  })
  after(() => edge.server.close(0))
  beforeEach(() => {
    reason = REASON
  })

  for (const { method, path, body } of OSB_ROUTES) {
    const ask = () => edge.fetch(path, { method, ...(body === undefined ? {} : { body }) })

    if (method === 'GET')
      it(`serves ${method} ${path}`, async () => {
        expect((await ask()).status).to.equal(200)
      })
    else
      it(`answers 503 to ${method} ${path}, says why and when to come again, and serves it afterwards`, async () => {
        const heard = edge.heard.length
        const refused = await ask()
        expect(refused.status).to.equal(503)
        expect(refused.headers.get('retry-after')).to.match(/^\d+$/)
        expect((await json(refused))['description']).to.match(/nothing is changed until its operator/)
        expect(edge.heard.length).to.equal(heard)
        reason = undefined
        expect((await ask()).status).to.equal(200)
      })
  }

  it('closes every route of /api that is no read, but the one that ends it', async () => {
    const ask = async (method: string, path: string) =>
      (await edge.fetch(path, { method, headers: { Authorization: OPERATOR } })).status
    expect(await ask('GET', '/api/things')).to.equal(200)
    expect(await ask('POST', '/api/things')).to.equal(503)
    expect(await ask('POST', '/api/recover')).to.equal(200)
  })

  it('still asks for a login first', async () => {
    const answer = await edge.fetch('/v2/service_instances/i1', {
      method: 'PUT',
      headers: { Authorization: undefined },
      body: '{}'
    })
    expect(answer.status).to.equal(401)
  })

  it('is ready: it serves', async () => {
    expect((await edge.fetch('/readyz')).status).to.equal(200)
  })
})
