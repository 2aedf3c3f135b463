import { expect } from 'chai'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import type { RecoveryReason } from '../../../src/domain/checkpoint.ts'
import openapi from '../../../src/http/api/openapi.json' with { type: 'json' }
import { operatorRoutes } from '../../../src/http/api/operator-routes.ts'
import { switchRoutes } from '../../../src/http/api/switch-routes.ts'
import { beginRecovery, recoveryReason } from '../../../src/store/recovery.ts'
import { auditSealer } from '../../../src/store/seal-audit.ts'
import { DAY } from '../../support/clock.ts'
import { listedIn, plant } from '../../support/cloud.ts'
import { type Core, openCore } from '../../support/core.ts'
import { databases, type Place } from '../../support/databases.ts'
import { DESCRIBED, describedAt, faultsOf, resolved, whoOf } from '../../support/described.ts'
import { CF, json, OPERATOR, startEdge, type TestEdge } from '../../support/edge.ts'
import { operatorOf } from '../../support/operator.ts'
import { bind, provision } from '../../support/requests.ts'
import { switchesOf } from '../../support/switches.ts'

describe("the operators' API", function () {
  this.timeout(30_000)
  let place: Place
  let core: Core
  let edge: TestEdge
  const answered = new Set<string>()
  let reason: RecoveryReason | undefined

  before(async () => {
    const [sqlite] = databases
    if (!sqlite) throw new Error('no database')
    place = await sqlite.fresh()
    core = await openCore(place.address)
    const findings = [
      { level: 'ok', subject: 'login', text: 'answers' },
      { level: 'refused', subject: 'server main', text: 'a hole', remedy: 'close it' }
    ] as const
    const sealer = auditSealer(core.store, 'one')
    const about = { provider: 'north', family: 'box' }
    const stranger = {
      mark: { broker: core.brokerId, resource: 'stranger', generation: 1 },
      name: 'pstranger',
      region: 'harbour',
      handle: { v: 1 }
    }
    const operator = operatorOf(core, findings, {
      audit: { reason: () => reason, look: async () => void (await sealer.seal()) },
      witnesses: [
        {
          name: 'audit.checkpoint',
          read: async () => ({ broker: core.brokerId, number: 1, mac: '', at: 1 })
        },
        { name: 'the sink', read: async () => undefined }
      ],
      list: async (provider) =>
        provider === 'north'
          ? [{ ...about, listed: [stranger, ...(await listedIn(core.cloud, core.brokerId))] }]
          : [{ ...about, provider, cannot: 'it has no list', why: 'no list' }]
    })
    edge = await startEdge({ api: [...operatorRoutes(operator), ...switchRoutes(switchesOf(core))] })
  })
  after(async () => {
    await edge.server.close(0)
    await core.close()
    await place.drop()
  })

  const allRoutes = () => [...operatorRoutes(operatorOf(core)), ...switchRoutes(switchesOf(core))]

  async function ask(method: string, path: string, login: string | undefined = OPERATOR, sent?: JsonObject) {
    const headers = {
      Authorization: login,
      'X-Broker-API-Version': undefined,
      ...(sent === undefined ? {} : { 'Content-Type': 'application/json' })
    }
    const body = sent === undefined ? {} : { body: JSON.stringify(sent) }
    const response = await edge.fetch(path, { method, headers, ...body })
    return { status: response.status, body: await json(response), headers: response.headers }
  }

  /** Asks, and holds the answer against the description of its route. */
  async function checked(method: string, path: string, sent?: JsonObject): Promise<JsonObject> {
    const answer = await ask(method, path, OPERATOR, sent)
    const route = describedAt(method, path)
    const faults = faultsOf(route, answer.status, answer.body)
    expect(faults, `${method} ${path} ${answer.status} ${JSON.stringify(answer.body)}`).to.deep.equal([])
    answered.add(`${route.method} ${route.path} ${answer.status}`)
    return answer.body
  }

  /** Every choice about what differs: each taken, and each refused. */
  async function checkedDrift(): Promise<void> {
    core.cloud.script = () => {}
    await provision(core, 'lost', 'quick')
    await bind(core, 'lost', 'b-lost', 'quick')
    const shown = await checked('GET', '/api/instances/lost')
    const [resource] = shown['resources'] as readonly JsonObject[]
    core.cloud.things.delete(String(resource?.['name']))
    for (const name of ['pfound', 'pyoung', 'pold']) {
      const mark = { broker: core.brokerId, resource: name, generation: 1 }
      plant(core.cloud, name, mark)
    }
    const drift = await checked('GET', '/api/drift')
    expect(drift['missing']).to.have.length(1)
    expect(drift['orphans']).to.have.length.greaterThan(2)
    const adoption = { name: 'pfound', plan: 'quick', platform: 'cf', instance: 'found' }
    await checked('POST', '/api/instances/adopt', { ...adoption, plan: 'nix' })
    await checked('POST', '/api/instances/adopt', { ...adoption, region: 'hill' })
    await checked('POST', '/api/instances/adopt', adoption)
    await checked('POST', '/api/instances/adopt', { ...adoption, name: 'pyoung' })
    const orphan = { provider: 'north', name: 'pold', confirm: 'pold' }
    await checked('POST', '/api/drift/delete', orphan)
    core.clock.advance(8 * DAY)
    await checked('POST', '/api/drift/delete', { ...orphan, confirm: 'old' })
    await checked('POST', '/api/drift/delete', { ...orphan, name: 'pnone', confirm: 'pnone' })
    await checked('POST', '/api/drift/delete', { ...orphan, force: true })
    await checked('POST', '/api/drift/delete', orphan)
    await checked('POST', '/api/instances/lost/forget')
    await checked('POST', '/api/instances/found/forget')
    await checked('POST', '/api/instances/nix/forget')
  }

  describe('OpenAPI', () => {
    it('describes every route, and every route that it describes is there', () => {
      const there = allRoutes().map(({ method, path }) => `${method} ${path}`)
      expect(DESCRIBED.map(({ method, path }) => `${method} ${path}`)).to.have.members(there)
    })

    it('says who may come in as the routes do', () => {
      for (const { method, path, who = 'operator' } of allRoutes()) {
        const described = DESCRIBED.find((each) => each.method === method && each.path === path)
        expect(described && whoOf(described), `${method} ${path}`).to.equal(who)
      }
    })

    it('is served to everybody as it lies in the repository', async () => {
      const answer = await ask('GET', '/api/openapi.json', '')
      expect(answer.body).to.deep.equal(openapi)
    })

    it('holds against what is really answered, with nothing undescribed in it', async () => {
      const { script } = core.cloud
      await provision(core, 'i1', 'quick')
      await bind(core, 'i1', 'b1', 'quick')
      await bind(core, 'i1', 'b2', 'lasting')
      await provision(core, 'i3', 'lasting')
      await bind(core, 'i3', 'b3', 'lasting')
      core.cloud.script = (method) => {
        if (method === 'create') throw new ProviderFailure('unavailable', 'away')
      }
      await provision(core, 'i2', 'slow')
      const operations = await checked('GET', '/api/operations?state=in%20progress')
      const id = String((operations['items'] as readonly JsonObject[])[0]?.['id'])
      await checked('GET', '/api/instances')
      await checked('GET', '/api/instances?limit=1')
      await checked('GET', '/api/instances/i1')
      await checked('GET', '/api/instances/i2')
      await checked('GET', '/api/instances/i3')
      await checked('GET', `/api/operations/${id}`)
      await checked('POST', `/api/operations/${id}/retry`)
      await checked('POST', `/api/operations/${id}/fail`)
      await checked('POST', `/api/operations/${id}/fail`)
      await checked('POST', `/api/operations/${id}/retry`)
      await checked('GET', `/api/operations/${id}`)
      await checked('POST', '/api/instances/i1/purge')
      await checked('POST', '/api/instances/i1/purge')
      await checked('GET', '/api/instances?state=deleted')
      await checked('POST', '/api/keys/rotate')
      await checked('GET', '/api/audit')
      await checked('GET', '/api/audit/verify')
      await checked('GET', '/api/audit/verify?limit=1')
      await checked('GET', '/api/audit/export?limit=2')
      await checkedDrift()
      await checked('GET', '/api/recover')
      await checked('POST', '/api/recover')
      const head = { number: 99, mac: 'lost', at: 1 }
      await beginRecovery(core.store, 'audit.checkpoint', head)
      reason = await core.store.database.read((session) => recoveryReason(core.store, session))
      await checked('GET', '/api/audit/verify?limit=1000')
      await checked('GET', '/api/recover')
      await checked('POST', '/api/recover')
      reason = undefined
      await checked('GET', '/api/audit/verify?limit=1000')
      await checked('GET', '/api/audit/export?limit=1000')
      await checked('GET', '/api/doctor')
      await checked('GET', '/api/openapi.json')
      for (const path of ['/api/instances/x', '/api/operations/x']) await checked('GET', path)
      for (const path of ['/api/instances/x/purge', '/api/operations/x/retry', '/api/operations/x/fail'])
        await checked('POST', path)
      for (const path of ['/api/instances?x=1', '/api/operations?state=done', '/api/audit?limit=no'])
        await checked('GET', path)
      core.cloud.script = script

      const missing = DESCRIBED.filter((each) => whoOf(each) !== 'platform')
        .map(({ method, path }) => `${method} ${path} 200`)
        .filter((success) => !answered.has(success))
      expect(missing).to.deep.equal([])
    })

    it('names a parameter of the path in every route that has one', () => {
      for (const { path, operation } of DESCRIBED) {
        const named = (operation.parameters ?? []).some((each) => resolved(each)['in'] === 'path')
        expect(named, path).to.equal(path.includes(':'))
      }
    })

    it('describes each parameter of a query that is understood, and no other', async () => {
      for (const { method, path, operation } of DESCRIBED.filter((each) => each.method === 'GET')) {
        const described = (operation.parameters ?? [])
          .map(resolved)
          .filter((each) => each['in'] === 'query')
          .map((each) => String(each['name']))
        if (described.length === 0) continue
        const { body } = await ask(method, `${path.replaceAll(/:\w+/g, 'x')}?nix=1`)
        const known = /known: (.*)\.$/.exec(String(body['description']))?.[1]?.split(', ')
        expect(known, path).to.have.members(described)
      }
    })
  })

  it('lets in operators only: nobody is 401, a platform 403', async () => {
    for (const each of DESCRIBED.filter((described) => whoOf(described) === 'operator')) {
      const { method, path } = each
      const url = path.replaceAll(/:\w+/g, 'x')
      expect((await ask(method, url, '')).status, `${method} ${path}`).to.equal(401)
      expect((await ask(method, url, CF)).status, `${method} ${path}`).to.equal(403)
      expect((await ask(method, url)).status, `${method} ${path}`).to.be.oneOf([200, 400, 404, 409])
    }
  })

  it('is not to be kept by caches', async () => {
    expect((await ask('GET', '/api/instances')).headers.get('cache-control')).to.equal('no-store')
  })

  const BAD: Readonly<Record<string, string>> = {
    '/api/instances?limit=0': 'limit',
    '/api/instances?limit=1001': 'limit',
    '/api/instances?limit=1e2': 'limit',
    '/api/instances?limit=': 'limit',
    '/api/instances?after=-1': 'after',
    '/api/instances?after=9999999999999999': 'after',
    '/api/instances?limit=1&limit=2': 'limit',
    '/api/instances?state=gone': 'state',
    '/api/instances?platform=%00': 'platform',
    '/api/instances?platform=%7F': 'platform',
    [`/api/instances?platform=${'x'.repeat(513)}`]: 'platform',
    '/api/instances?stat=ready': 'stat',
    '/api/operations?kind=move': 'kind',
    '/api/operations?state=': 'state',
    '/api/audit?subject=': 'subject',
    '/api/audit?__proto__=1': '__proto__'
  }
  for (const [path, field] of Object.entries(BAD)) {
    it(`answers 400 and names ${field}: ${path.slice(0, 60)}`, async () => {
      const { status, body } = await ask('GET', path)
      expect(status).to.equal(400)
      expect(body['description']).to.include(field)
    })
  }

  it('refuses a body and a query where the path alone says what is done', async () => {
    const headers = { Authorization: OPERATOR, 'Content-Type': 'application/json' }
    const withBody = await edge.fetch('/api/keys/rotate', { method: 'POST', headers, body: '{"force":true}' })
    expect(withBody.status).to.equal(400)
    expect((await ask('POST', '/api/keys/rotate?force=true')).status).to.equal(400)
    const empty = await edge.fetch('/api/keys/rotate', { method: 'POST', headers, body: '{}' })
    expect(empty.status).to.equal(200)
  })

  it('never repeats control characters or bidi overrides of a request', async () => {
    const { body } = await ask('GET', '/api/instances?%1B%5B31m%E2%80%AEx=1')
    expect(JSON.stringify(body)).to.not.match(/\\u001b|\p{C}/u)
  })
})
