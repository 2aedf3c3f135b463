import { expect } from 'chai'
import type { JsonObject } from '../../../src/contract/json.ts'
import { operatorRoutes } from '../../../src/http/api/operator-routes.ts'
import { switchRoutes } from '../../../src/http/api/switch-routes.ts'
import { type Core, openCore } from '../../support/core.ts'
import { databases, type Place } from '../../support/databases.ts'
import { DESCRIBED, describedAt, faultsOf, whoOf } from '../../support/described.ts'
import {
  basic,
  CF,
  json,
  OPERATOR,
  PASSWORD,
  platformConfig,
  startEdge,
  type TestEdge
} from '../../support/edge.ts'
import { operatorOf } from '../../support/operator.ts'
import { bind, provision } from '../../support/requests.ts'
import { switchesOf } from '../../support/switches.ts'

const OTHER = basic('other', PASSWORD)
const ACCEPT = ['loses-certification:c5']
const ROUTES = DESCRIBED.filter((each) => whoOf(each) === 'platform')

interface Asked {
  readonly login?: string
  readonly body?: JsonObject
}

describe('the API of switches', function () {
  this.timeout(30_000)
  let place: Place
  let core: Core
  let edge: TestEdge
  const answered = new Set<string>()

  before(async () => {
    const [sqlite] = databases
    if (!sqlite) throw new Error('no database')
    place = await sqlite.fresh()
    core = await openCore(place.address)
    edge = await startEdge({
      api: [...operatorRoutes(operatorOf(core)), ...switchRoutes(switchesOf(core))],
      platforms: ['cf', 'other'].map((name) => platformConfig(name, { username: name, password: PASSWORD }))
    })
  })
  after(async () => {
    await edge.server.close(0)
    await core.close()
    await place.drop()
  })

  async function ask(method: string, path: string, { login = OPERATOR, body }: Asked = {}) {
    const headers = { Authorization: login, 'X-Broker-API-Version': undefined }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await edge.fetch(path, { method, headers, ...sent })
    return { status: response.status, body: await json(response) }
  }

  /** Asks, and holds the answer against the description of its route. */
  async function checked(method: string, path: string, asked: Asked = {}): Promise<JsonObject> {
    const { status, body } = await ask(method, path, asked)
    const route = describedAt(method, path)
    const shown = `${method} ${path} ${status} ${JSON.stringify(body)}`
    expect(faultsOf(route, status, body), shown).to.deep.equal([])
    answered.add(`${route.method} ${route.path} ${status}`)
    return { status, ...body }
  }

  async function receipt(path: string): Promise<string> {
    const response = await edge.fetch(path, { headers: { Authorization: OPERATOR } })
    expect([response.status, response.headers.get('content-type')]).to.deep.equal([200, 'application/vc+jwt'])
    expect(response.headers.get('cache-control')).to.equal('no-store')
    const { method, path: pattern } = describedAt('GET', path)
    answered.add(`${method} ${pattern} 200`)
    return response.text()
  }

  const body = (more: JsonObject = {}) => ({ instance: 'i1', plan: 'abroad', accept: ACCEPT, ...more })

  it('holds against its description from the first look to the erasure, with nothing undescribed in it', async () => {
    await provision(core, 'i1', 'quick')
    await bind(core, 'i1', 'b1', 'quick')
    await checked('GET', '/api/switches/plan?instance=i1&plan=abroad&region=hill')
    const rehearsal = await checked('POST', '/api/switches/rehearse', { body: body(), login: CF })
    await core.settle()
    await checked('GET', `/api/switches/${String(rehearsal['id'])}`, { login: CF })
    core.clock.advance(1000)
    const manual = await checked('POST', '/api/switches', {
      body: body({ cutover: 'manual', within: 'PT2H' })
    })
    const waiting = String(manual['id'])
    await checked('POST', `/api/switches/${waiting}/cancel`)
    expect(await checked('POST', `/api/switches/${waiting}/cancel`)).to.include({ status: 409 })
    await core.settle()
    const begun = await checked('POST', '/api/switches', { body: body({ cutover: 'manual' }), login: CF })
    const id = String(begun['id'])
    expect(await checked('POST', '/api/switches', { body: body() })).to.include({ status: 422 })
    await checked('POST', `/api/switches/${id}/go`, { login: CF })
    await core.settle()
    expect(await checked('GET', `/api/switches/${id}`)).to.include({ state: 'completed' })
    expect(await receipt(`/api/switches/${id}/receipt`)).to.equal(`completion of ${id}`)
    await checked('GET', `/api/switches/${id}/erasure-receipt`)
    const back = await checked('POST', `/api/switches/${id}/back`, { body: {} })
    await core.settle()
    await checked('POST', `/api/switches/${id}/erase`, { body: { confirm: 'i1' } })
    await checked('POST', `/api/switches/${id}/erase`, { body: { confirm: 'nix' } })
    await core.settle()
    expect(await receipt(`/api/switches/${id}/erasure-receipt`)).to.equal(`erasure of ${id}`)
    expect(await checked('POST', `/api/switches/${id}/back`)).to.include({ status: 409 })
    await checked('GET', '/api/switches?limit=1')
    const list = await checked('GET', '/api/switches?instance=i1&kind=switch&state=completed&platform=cf')
    const ids = (list['items'] as readonly JsonObject[]).map((each) => each['id'])
    expect(ids).to.deep.equal([back['id'], id])
    await checked('GET', '/api/instances/i1')
    const missing = ROUTES.map(({ method, path }) => `${method} ${path} 200`).filter(
      (success) => !answered.has(success)
    )
    expect(missing).to.deep.equal([])
  })

  it('lets in platforms and operators: nobody is 401', async () => {
    for (const { method, path } of ROUTES) {
      const url = path.replaceAll(/:\w+/g, 'x')
      expect((await ask(method, url, { login: '' })).status, `${method} ${path}`).to.equal(401)
      for (const login of [CF, OPERATOR]) {
        const { status } = await ask(method, url, { login })
        expect(status, `${method} ${path}`).to.be.oneOf([200, 400, 404])
      }
    }
  })

  it('tells another platform the same as of what is not there', async () => {
    const [mine] = (await ask('GET', '/api/switches', { login: CF })).body['items'] as readonly JsonObject[]
    const id = String(mine?.['id'])
    expect((await ask('GET', '/api/switches', { login: OTHER })).body).to.deep.equal({ items: [] })
    for (const { method, path } of ROUTES.filter((each) => each.path.includes(':id'))) {
      const confirm = path.endsWith('/erase') ? { body: { confirm: 'i1' } } : {}
      const theirs = await ask(method, path.replace(':id', id), { login: OTHER, ...confirm })
      const nobodys = await ask(method, path.replace(':id', 'x'), { login: OTHER, ...confirm })
      expect(theirs.status, path).to.equal(404)
      expect(JSON.stringify(theirs.body).replace(id, 'x')).to.equal(JSON.stringify(nobodys.body))
    }
    for (const path of ['/api/switches', '/api/switches/rehearse'])
      expect(await ask('POST', path, { login: OTHER, body: body() })).to.deep.include({ status: 404 })
    expect(
      (await ask('GET', '/api/switches/plan?instance=i1&plan=abroad', { login: OTHER })).status
    ).to.equal(404)
  })

  const BAD: readonly (readonly [string, string, JsonObject | undefined, string])[] = [
    ['POST', '/api/switches', {}, 'instance'],
    ['POST', '/api/switches', { instance: 'i1' }, 'plan'],
    ['POST', '/api/switches', { instance: 1, plan: 'abroad' }, 'instance'],
    ['POST', '/api/switches', { instance: 'i1', plan: '' }, 'plan'],
    ['POST', '/api/switches', { instance: 'i\n', plan: 'abroad' }, 'instance'],
    ['POST', '/api/switches', { instance: 'i1', plan: 'abroad', cutover: 'later' }, 'cutover'],
    ['POST', '/api/switches', { instance: 'i1', plan: 'abroad', accept: 'all' }, 'accept'],
    ['POST', '/api/switches', { instance: 'i1', plan: 'abroad', accept: [1] }, 'accept'],
    ['POST', '/api/switches', { instance: 'i1', plan: 'abroad', acept: [] }, 'acept'],
    ['POST', '/api/switches/rehearse', { instance: 'i1', plan: 'abroad', '\u001b[31m': 1 }, '?[31m'],
    ['POST', '/api/switches?force=1', { instance: 'i1', plan: 'abroad' }, 'force'],
    ['POST', '/api/switches/x/go', { now: true }, 'now'],
    ['POST', '/api/switches/x/erase', undefined, 'confirm'],
    ['GET', '/api/switches/plan?plan=abroad', undefined, 'instance'],
    ['GET', '/api/switches/plan?instance=i1', undefined, 'plan'],
    ['GET', '/api/switches?state=done', undefined, 'state'],
    ['GET', '/api/switches?kind=erase', undefined, 'kind']
  ]
  for (const [method, path, sent, field] of BAD) {
    it(`answers 400 and names ${field}: ${method} ${path} ${JSON.stringify(sent) ?? ''}`, async () => {
      const answer = await checked(method, path, sent === undefined ? {} : { body: sent })
      expect(answer['status']).to.equal(400)
      expect(answer['description']).to.include(field)
    })
  }
})
