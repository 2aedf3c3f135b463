import { randomBytes, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import Draft04 from 'ajv-draft-04'
import { expect } from 'chai'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { arrayAt, objectAt, textAt } from '../../src/contract/read.ts'
import { SENTENCES } from '../../src/domain/refusal.ts'
import { type BrokerProcess, dataFolder, removeBrokers, startedBroker } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { EXAMPLE_CATALOG, EXAMPLE_PROVIDERS } from '../support/example-catalog.ts'
import { type OsbAnswer, type OsbClient, type OsbLogin, osbClient } from '../support/osb-client.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { storeRows } from '../support/store-rows.ts'

const SERVICE = '80170fa6-e4c0-4a2c-8fc0-9aa2bbe465d1'
const SHELF = {
  service: '39fb4db4-634a-460b-a3d6-77d2963d865f',
  plan: '28212982-1de4-46ea-bd6c-8d6fb6d89251'
}
const PLAN = {
  sync: '6f06daeb-11be-42dd-b598-318f66e43ecf',
  paid: 'f6899bde-2e21-4ad4-8c77-e46574608dc2',
  async: '3dace2a9-f910-40e3-b8d1-396fd74c6db6',
  'async large': '7e12f44e-eb1b-477e-a141-a5e845b82d67',
  slow: '8a446c41-fb32-46b2-a031-01af21e971b6',
  impatient: '5bb1ab24-8434-48b0-b733-2f36729ef171',
  lifetime: 'd7e0f2b2-15dc-46d7-b9cb-afd1a8265f90',
  unbindable: '9e033264-a68b-4ae3-971d-f642337b291f',
  unrotatable: '2f14d95d-a8e3-4bb4-9a1f-4b5c653d6b16',
  fixed: 'dfa2b51d-aa00-4eab-9d58-f71dc6793715',
  full: 'a900a693-ebb1-47b6-ae14-4d3de823e6f4',
  broken: '40b9af17-551c-4f1b-83fc-ed8937e3666d',
  'no update': '5f147823-279d-4714-93a6-12bd34ce6d73',
  'no destroy': '0c6cb0b6-99f8-46a6-a1f4-c9a1ba1a6055',
  'no bind': '02166c50-9113-4a61-8ce5-87ee036b742e'
} as const
const WHERE = { organization_guid: 'organization', space_guid: 'space' }
const ENDED_WITHIN_MS = 60_000
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/

/**
 * The whole API as a platform sees it, against a running broker over the adapter `memory`. What only the inside can show (an
 * operation held between two steps) is in `test/service`.
 */
export function describeOsb(store: 'sqlite' | 'postgres'): void {
  describe(`The OSB API of a running broker, on ${store}`, function () {
    this.timeout(120_000)
    let broker: BrokerProcess
    let login: OsbLogin
    let client: OsbClient
    let drop: (() => Promise<void>) | undefined
    let openStore: Parameters<typeof storeRows>[0]

    before(async function () {
      this.timeout(BUILT_WITHIN_MS)
      const data = dataFolder()
      const fresh = store === 'postgres' ? await (await postgresServer()).freshDatabase() : undefined
      drop = fresh?.drop
      openStore =
        fresh === undefined
          ? { kind: 'sqlite', path: `${data}/portolan.db` }
          : { kind: 'postgres', url: fresh.url }
      login = { username: 'platform', password: randomBytes(18).toString('base64url') }
      broker = await startedBroker({
        data,
        env: {
          PORTOLAN_KEYS: `k1:${randomBytes(32).toString('base64')}`,
          ...(fresh === undefined ? {} : { DATABASE_URL: fresh.url })
        },
        settings: {
          catalog: EXAMPLE_CATALOG,
          providers: EXAMPLE_PROVIDERS,
          platforms: { platform: { logins: [{ ...login }] } }
        }
      })
      client = osbClient(broker.url, login)
    })

    after(async () => {
      await broker.stop()
      await removeBrokers()
      await drop?.()
    })

    const at = (id: string) => `/v2/service_instances/${id}`
    const on = (id: string, binding: string) => `${at(id)}/service_bindings/${binding}`
    const ids = (plan: string) => ({ service_id: SERVICE, plan_id: plan })
    const query = (plan: string) => `service_id=${SERVICE}&plan_id=${plan}`
    const get = (path: string) => client.send({ method: 'GET', path })
    const put = (path: string, body: JsonObject | string) => client.send({ method: 'PUT', path, body })
    const patch = (path: string, body: JsonObject) => client.send({ method: 'PATCH', path, body })
    const remove = (path: string, plan: string, more = '') =>
      client.send({ method: 'DELETE', path: `${path}?${query(plan)}${more}` })
    const AI = 'accepts_incomplete=true'

    async function provision(plan: string, more: JsonObject = {}): Promise<string> {
      const id = randomUUID()
      const answer = await put(`${at(id)}?${AI}`, { ...ids(plan), ...WHERE, ...more })
      expect(answer.status, answer.text).to.be.oneOf([201, 202])
      if (answer.status === 202) expect(await ended(at(id))).to.equal('succeeded')
      return id
    }

    async function bind(
      id: string,
      plan: string,
      more: JsonObject = {}
    ): Promise<{ readonly binding: string; readonly answer: OsbAnswer }> {
      const binding = randomUUID()
      const answer = await put(on(id, binding), { ...ids(plan), ...more })
      expect(answer.status, answer.text).to.equal(201)
      return { binding, answer }
    }

    async function ended(path: string, more = ''): Promise<unknown> {
      const deadline = Date.now() + ENDED_WITHIN_MS
      for (;;) {
        const { status, body, text } = await get(`${path}/last_operation${more}`)
        if (status !== 200) return status
        if (body['state'] !== 'in progress') return body['state']
        if (Date.now() > deadline) throw new Error(`${path}: ${text}`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }

    function expectError(answer: OsbAnswer, status: number, error?: keyof typeof SENTENCES): void {
      expect(answer.status, answer.text).to.equal(status)
      expect(answer.headers['content-type']).to.match(/^application\/json/)
      expect(answer.body['description']).to.be.a('string').and.not.equal('')
      expect(answer.body['error']).to.match(/^[A-Z][A-Za-z]+$/)
      if (error !== undefined) expect(answer.body).to.include({ error, description: SENTENCES[error] })
      else expect(Object.keys(SENTENCES)).to.not.include(answer.body['error'])
    }

    const routes = (
      id: string,
      binding: string
    ): readonly { readonly method: string; readonly path: string; readonly body?: JsonObject }[] => [
      { method: 'GET', path: '/v2/catalog' },
      { method: 'PUT', path: at(id), body: { ...ids(PLAN.sync), ...WHERE } },
      { method: 'PATCH', path: at(id), body: { service_id: SERVICE } },
      { method: 'GET', path: at(id) },
      { method: 'DELETE', path: `${at(id)}?${query(PLAN.sync)}` },
      { method: 'GET', path: `${at(id)}/last_operation` },
      { method: 'PUT', path: on(id, binding), body: ids(PLAN.sync) },
      { method: 'GET', path: on(id, binding) },
      { method: 'DELETE', path: `${on(id, binding)}?${query(PLAN.sync)}` },
      { method: 'GET', path: `${on(id, binding)}/last_operation` }
    ]

    describe('every route', () => {
      it('G-01 G-02 G-03 G-04 serves the versions it knows, and names them to the others', async () => {
        for (const version of ['2.11', '2.13', '2.14', '2.15', '2.16', '2.17', '2.100'])
          expect(
            (await osbClient(broker.url, login, version).send({ method: 'GET', path: '/v2/catalog' })).status
          ).to.equal(200)
        for (const route of routes(randomUUID(), randomUUID())) {
          for (const version of ['1.0', '3.0', '2.9', '2.x', 'abc']) {
            const refused = await client.send({ ...route, headers: { 'x-broker-api-version': version } })
            expectError(refused, 412)
            expect(refused.body['description']).to.match(/2\.\d+/)
          }
          expectError(await client.send({ ...route, headers: { 'x-broker-api-version': undefined } }), 400)
        }
      })

      it('G-05 G-06 lets nobody in without a login, whatever the request asks, and nothing changes', async () => {
        const [id, unknown] = [await provision(PLAN.sync), randomUUID()]
        const before = await get(at(id))
        const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
        const wrong = [
          undefined,
          '',
          'Basic',
          'Basic !',
          basic('platform'),
          basic('platform:x'),
          basic(`x:${login.password}`),
          `Bearer ${login.password}`
        ]
        for (const authorization of wrong) {
          const answers = await Promise.all(
            [id, unknown].map(async (each) =>
              Promise.all(
                routes(each, unknown).map((route) => client.send({ ...route, headers: { authorization } }))
              )
            )
          )
          for (const answer of answers.flat()) expectError(answer, 401)
          expect(answers[0]?.map(({ text }) => text)).to.deep.equal(answers[1]?.map(({ text }) => text))
        }
        expectError(
          await client.send({
            method: 'PUT',
            path: at(unknown),
            body: '{}',
            headers: { authorization: undefined }
          }),
          401
        )
        expect((await get(at(id))).text).to.equal(before.text)
        expect((await get(at(unknown))).status).to.equal(404)
      })

      it('G-07 G-08 gives the request identity back in every kind of answer, and needs none', async () => {
        const id = await provision(PLAN.sync)
        const expected = [
          [200, { method: 'GET', path: '/v2/catalog' }],
          [400, { method: 'PUT', path: at(randomUUID()), body: {} }],
          [401, { method: 'GET', path: '/v2/catalog', headers: { authorization: undefined } }],
          [404, { method: 'GET', path: at(randomUUID()) }],
          [409, { method: 'PUT', path: at(id), body: { ...ids(PLAN.paid), ...WHERE } }],
          [410, { method: 'DELETE', path: `${at(randomUUID())}?${query(PLAN.sync)}` }],
          [412, { method: 'GET', path: '/v2/catalog', headers: { 'x-broker-api-version': '1.0' } }],
          [422, { method: 'PUT', path: at(randomUUID()), body: { ...ids(PLAN.async), ...WHERE } }]
        ] as const
        for (const [status, request] of expected) {
          const identity = randomUUID()
          const headers = {
            ...('headers' in request ? request.headers : {}),
            'x-broker-api-request-identity': identity
          }
          const answer = await client.send({ ...request, headers })
          expect([answer.status, answer.headers['x-broker-api-request-identity']]).to.deep.equal([
            status,
            identity
          ])
        }
        for (const garbage of ['cloudfoundry', 'cloudfoundry !!!', 'x e30=', 'cloudfoundry   e30'])
          expect(
            (
              await client.send({
                method: 'GET',
                path: at(id),
                headers: { 'x-broker-api-originating-identity': garbage }
              })
            ).status
          ).to.equal(200)
      })

      it('G-09 passes over fields that it does not know', async () => {
        const wild = {
          'x-acme-foo': { a: [1] },
          previous_values: { 'x-acme': 1 },
          context: { platform: 'acme', 'x-acme': {} }
        }
        const id = await provision(PLAN.sync, wild)
        expect((await patch(at(id), { service_id: SERVICE, ...wild })).status).to.equal(200)
        await bind(id, PLAN.sync, { ...wild, bind_resource: { app_guid: 'a', 'x-acme': 1 } })
      })

      it('G-10 G-11 G-12 G-13 G-14 G-15 G-16 refuses in one form, and nothing has changed', async () => {
        const id = await provision(PLAN.sync)
        const { binding } = await bind(id, PLAN.sync)
        const tables = ['instances', 'resources', 'bindings', 'operations', 'plan_revisions']
        const seen = async () =>
          Promise.all(tables.map((table) => storeRows(openStore, `select * from ${table}`)))
        const before = JSON.stringify(await seen())
        const refused = [
          await put(at(id), { ...ids(PLAN.paid), ...WHERE }),
          await put(at(randomUUID()), { ...ids(PLAN.async), ...WHERE }),
          await put(at(randomUUID()), { ...ids(PLAN.sync), ...WHERE, parameters: { title: 'X' } }),
          await put(on(id, binding), { ...ids(PLAN.sync), bind_resource: { app_guid: 'other' } }),
          await put(on(randomUUID(), binding), ids(PLAN.sync)),
          await get(at(randomUUID())),
          await get(on(id, randomUUID())),
          await patch(at(id), { service_id: SHELF.service }),
          await patch(at(id), { service_id: SERVICE, parameters: { shelves: 99 } }),
          await remove(at(id), PLAN.sync),
          await remove(at(id), PLAN.paid),
          await client.send({ method: 'DELETE', path: on(id, binding) }),
          await get(`${at(id)}/last_operation?operation=`)
        ]
        for (const answer of refused) {
          expect(answer.status).to.be.within(400, 422)
          expect(answer.body['error']).to.match(/^[A-Z][A-Za-z]+$/)
          expect(answer.body['description']).to.be.a('string').and.not.equal('')
          expect(answer.text).to.not.include(login.password)
          for (const flag of ['instance_usable', 'update_repeatable'])
            if (flag in answer.body) expect(answer.body[flag]).to.be.a('boolean')
        }
        for (const answer of [...refused.slice(0, 7), ...refused.slice(11)])
          for (const flag of ['instance_usable', 'update_repeatable'])
            expect(answer.body).to.not.have.property(flag)
        expect(JSON.stringify(await seen())).to.equal(before)
      })

      it('G-17 leaves nothing behind what the provider could not do', async () => {
        const id = randomUUID()
        expect((await put(`${at(id)}?${AI}`, { ...ids(PLAN.broken), ...WHERE })).status).to.equal(202)
        expect(await ended(at(id))).to.equal('failed')
        expect((await remove(at(id), PLAN.broken, `&${AI}`)).status).to.equal(202)
        expect(await ended(at(id))).to.be.oneOf(['succeeded', 410])
        expect((await remove(at(id), PLAN.broken, `&${AI}`)).status).to.equal(410)
      })

      it('G-18 G-19 answers JSON, and 400 to what is no JSON object', async () => {
        for (const body of ['{"a":', '', '[]', '"x"', 'null', '1', 'service_id=x'])
          expectError(await put(at(randomUUID()), body), 400)
        for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
          expectError(
            await client.send({
              method: 'PUT',
              path: at(randomUUID()),
              body: '{}',
              headers: { 'content-type': type }
            }),
            400
          )
        expectError(await get('/v2/nowhere'), 404)
        for (const route of routes(randomUUID(), randomUUID()))
          expect((await client.send(route)).headers['content-type']).to.match(/^application\/json/)
      })

      for (const id of ['a%20b', '%C3%BC', 'a%2Fb', 'a%252Fb', '..%2F..', 'x'.repeat(255)])
        it(`G-20 lives a whole life under the id ${id.slice(0, 20)}`, async () => {
          expect(
            (await put(at(id), { ...ids(PLAN.sync), ...WHERE, parameters: { title: 'odd' } })).status
          ).to.equal(201)
          expect((await put(on(id, id), ids(PLAN.sync))).status).to.equal(201)
          expect(objectAt((await get(at(id))).body, 'parameters')['title']).to.equal('odd')
          expect((await get(on(id, id))).status).to.equal(200)
          const other = decodeURIComponent(id)
          if (other !== id && !/[/% ü]/.test(other)) expect((await get(at(other))).status).to.equal(404)
          expect((await remove(on(id, id), PLAN.sync)).status).to.equal(200)
          expect((await remove(at(id), PLAN.sync)).status).to.equal(200)
          expect((await remove(at(id), PLAN.sync)).status).to.equal(410)
        })

      it('G-20 G-23 refuses ids that are too long, broken or not there', async () => {
        for (const id of ['x'.repeat(256), '%zz', '%ff', '%00'])
          expectError(await put(at(id), { ...ids(PLAN.sync), ...WHERE }), 400)
        expectError(await put('/v2/service_instances/', { ...ids(PLAN.sync), ...WHERE }), 404)
        expectError(await put(`${at('x')}/service_bindings/`, ids(PLAN.sync)), 404)
      })

      it('G-21 S-02 answers at once while the provider takes an hour', async () => {
        const id = randomUUID()
        const began = Date.now()
        expect((await put(`${at(id)}?${AI}`, { ...ids(PLAN.slow), ...WHERE })).status).to.equal(202)
        expect((await get(`${at(id)}/last_operation`)).body['state']).to.equal('in progress')
        expect(Date.now() - began).to.be.below(10_000)
        await remove(at(id), PLAN.slow, `&${AI}`)
      })
    })

    describe('the catalog', () => {
      const services = async () => arrayAt((await get('/v2/catalog')).body, 'services') as JsonObject[]
      const plansOf = (service: JsonObject) => arrayAt(service, 'plans') as JsonObject[]

      it('C-01 C-02 C-03 C-04 C-06 C-10 is a list of offerings and plans with ids and names of their own', async () => {
        const answer = await get('/v2/catalog')
        expect(answer.status).to.equal(200)
        const all = await services()
        const found = [...all, ...all.flatMap(plansOf)]
        for (const each of found) {
          expect(textAt(each, 'id')).to.match(GUID)
          expect(textAt(each, 'name')).to.match(/^[a-z0-9][a-z0-9-]*$/)
          expect(textAt(each, 'description')).to.not.equal('')
        }
        expect(new Set(found.map(({ id }) => id)).size).to.equal(found.length)
        for (const service of all) {
          expect(service['bindable']).to.be.a('boolean')
          expect(plansOf(service)).to.not.equal([])
          expect(new Set(plansOf(service).map(({ name }) => name)).size).to.equal(plansOf(service).length)
        }
      })

      it('C-05 C-18 has an ETag, and is 304 while it does not change', async () => {
        const first = await get('/v2/catalog')
        const etag = String(first.headers['etag'])
        const again = await client.send({
          method: 'GET',
          path: '/v2/catalog',
          headers: { 'if-none-match': etag }
        })
        expect([again.status, again.text]).to.deep.equal([304, ''])
        const other = await client.send({
          method: 'GET',
          path: '/v2/catalog',
          headers: { 'if-none-match': '"other"' }
        })
        expect([other.status, other.text]).to.deep.equal([200, first.text])
      })

      it('C-07 C-08 C-09 C-11 C-12 has lists, flags and objects of the right kinds, and no null', async () => {
        expect((await get('/v2/catalog')).text).to.not.match(/:null|plan_updatable"/)
        for (const service of await services()) {
          for (const list of ['tags', 'requires'])
            if (list in service) expect(service[list]).to.be.an('array')
          for (const flag of [
            'instances_retrievable',
            'bindings_retrievable',
            'allow_context_updates',
            'plan_updateable'
          ])
            if (flag in service) expect(service[flag], flag).to.be.a('boolean')
          for (const plan of plansOf(service)) {
            for (const flag of ['free', 'bindable', 'binding_rotatable', 'plan_updateable'])
              if (flag in plan) expect(plan[flag], flag).to.be.a('boolean')
            if ('maximum_polling_duration' in plan)
              expect(Number.isInteger(plan['maximum_polling_duration'])).to.equal(true)
            if ('maintenance_info' in plan)
              expect(textAt(objectAt(plan, 'maintenance_info'), 'version')).to.match(SEMVER)
            if ('metadata' in plan) expect(plan['metadata']).to.be.an('object')
          }
        }
      })

      it('C-13 C-14 C-15 C-16 has schemas that every platform can use', async () => {
        const ajv = new Draft04.default({ strict: false })
        let count = 0
        for (const plan of (await services()).flatMap(plansOf)) {
          const { service_instance: instance = {}, service_binding: binding = {} } = objectAt(
            plan,
            'schemas'
          ) as Record<string, JsonObject>
          for (const holder of [instance['create'], instance['update'], binding['create']]) {
            if (holder === undefined) continue
            const schema = objectAt(holder as JsonObject, 'parameters')
            const text = JSON.stringify(schema)
            expect(schema['$schema']).to.equal('http://json-schema.org/draft-04/schema#')
            expect(Buffer.byteLength(text)).to.be.at.most(65_536)
            for (const [, reference = ''] of text.matchAll(/"\$ref":"([^"]*)"/g))
              expect(reference).to.match(/^#/)
            expect(ajv.validateSchema(schema), JSON.stringify(ajv.errors)).to.equal(true)
            count += 1
          }
        }
        expect(count).to.be.above(10)
      })

      it('C-17 B-21 R-05 U-09 does what its flags say, and refuses what they do not', async () => {
        const unbindable = await provision(PLAN.unbindable)
        expectError(await put(on(unbindable, randomUUID()), ids(PLAN.unbindable)), 400)
        const fixed = await provision(PLAN.fixed)
        const unchanged = await patch(at(fixed), { service_id: SERVICE, plan_id: PLAN.sync })
        expectError(unchanged, 422)
        expect(unchanged.body).to.include({ update_repeatable: false })
        expect((await get(at(fixed))).body['plan_id']).to.equal(PLAN.fixed)
        const unrotatable = await provision(PLAN.unrotatable)
        const { binding } = await bind(unrotatable, PLAN.unrotatable)
        expectError(await put(on(unrotatable, randomUUID()), { predecessor_binding_id: binding }), 400)
        expect((await get(on(unrotatable, binding))).status).to.equal(200)
      })
    })

    describe('what may be asynchronous', () => {
      it('S-01 P-10 U-11 B-09 UB-07 D-07 answers AsyncRequired, and nothing begins', async () => {
        const id = await provision(PLAN.async)
        const binding = randomUUID()
        expect((await put(`${on(id, binding)}?${AI}`, ids(PLAN.async))).status).to.equal(202)
        expect(await ended(on(id, binding))).to.equal('succeeded')
        const before = [(await get(at(id))).text, (await get(`${at(id)}/last_operation`)).text]
        for (const flag of [
          '',
          'accepts_incomplete=false',
          'accepts_incomplete=1',
          'accepts_incomplete=TRUE',
          'accepts_incomplete='
        ]) {
          const unknown = randomUUID()
          expectError(
            await put(`${at(unknown)}?${flag}`, { ...ids(PLAN.async), ...WHERE }),
            422,
            'AsyncRequired'
          )
          expect((await get(`${at(unknown)}/last_operation`)).status).to.equal(404)
          expectError(
            await patch(`${at(id)}?${flag}`, { service_id: SERVICE, plan_id: PLAN['async large'] }),
            422,
            'AsyncRequired'
          )
          expectError(await put(`${on(id, unknown)}?${flag}`, ids(PLAN.async)), 422, 'AsyncRequired')
          expectError(await remove(on(id, binding), PLAN.async, `&${flag}`), 422, 'AsyncRequired')
        }
        expect([(await get(at(id))).text, (await get(`${at(id)}/last_operation`)).text]).to.deep.equal(before)
        const empty = await provision(PLAN.async)
        expectError(await remove(at(empty), PLAN.async), 422, 'AsyncRequired')
        expect((await get(at(empty))).status).to.equal(200)
      })

      it('S-02 P-02 U-02 B-02 B-03 UB-02 D-02 answers 202 with nothing but a token where there is work to do', async () => {
        const id = randomUUID()
        const binding = randomUUID()
        const steps = [
          [at(id), () => put(`${at(id)}?${AI}`, { ...ids(PLAN.async), ...WHERE })],
          [at(id), () => patch(`${at(id)}?${AI}`, { service_id: SERVICE, plan_id: PLAN['async large'] })],
          [on(id, binding), () => put(`${on(id, binding)}?${AI}`, ids(PLAN['async large']))],
          [on(id, binding), () => remove(on(id, binding), PLAN['async large'], `&${AI}`)],
          [at(id), () => remove(at(id), PLAN['async large'], `&${AI}`)]
        ] as const
        for (const [path, send] of steps) {
          const answer = await send()
          expect(answer.status, answer.text).to.equal(202)
          expect(textAt(answer.body, 'operation')).to.have.length.within(1, 10_000)
          expect(answer.body).to.not.have.property('credentials')
          const token = encodeURIComponent(textAt(answer.body, 'operation'))
          expect((await get(`${path}/last_operation?operation=${token}`)).status).to.equal(200)
          expect(await ended(path, `?operation=${token}`)).to.equal('succeeded')
        }
      })

      it('S-03 P-01 U-01 B-01 UB-01 D-01 answers 201 and 200 where it is done at once, with and without accepts_incomplete', async () => {
        for (const flag of ['accepts_incomplete=false', AI]) {
          const [id, binding] = [randomUUID(), randomUUID()]
          expect((await put(`${at(id)}?${flag}`, { ...ids(PLAN.sync), ...WHERE })).status).to.equal(201)
          const changed = await patch(`${at(id)}?${flag}`, { service_id: SERVICE, plan_id: PLAN.paid })
          expect([changed.status, changed.text]).to.deep.equal([200, '{}'])
          const bound = await put(`${on(id, binding)}?${flag}`, ids(PLAN.paid))
          expect(bound.status).to.equal(201)
          expect(textAt(objectAt(bound.body, 'credentials'), 'password')).to.not.equal('')
          for (const path of [on(id, binding), at(id)]) {
            const gone = await remove(path, PLAN.paid, `&${flag}`)
            expect([gone.status, gone.text]).to.deep.equal([200, '{}'])
          }
        }
      })

      it('S-04 S-05 U-18 B-10 B-21 D-09 answers ConcurrencyError while something else runs, and disturbs it not', async () => {
        const id = await provision(PLAN.async)
        const begun = await patch(`${at(id)}?${AI}`, { service_id: SERVICE, plan_id: PLAN.slow })
        expect(begun.status).to.equal(202)
        expectError(
          await patch(`${at(id)}?${AI}`, { service_id: SERVICE, plan_id: PLAN['async large'] }),
          422,
          'ConcurrencyError'
        )
        expectError(await put(`${on(id, randomUUID())}?${AI}`, ids(PLAN.async)), 422, 'ConcurrencyError')
        expectError(await remove(at(id), PLAN.async, `&${AI}`), 422, 'ConcurrencyError')
        const poll = await get(`${at(id)}/last_operation?operation=${textAt(begun.body, 'operation')}`)
        expect(poll.body['state']).to.equal('in progress')

        const making = randomUUID()
        await put(`${at(making)}?${AI}`, { ...ids(PLAN.slow), ...WHERE })
        expectError(
          await patch(`${at(making)}?${AI}`, { service_id: SERVICE, plan_id: PLAN.async }),
          422,
          'ConcurrencyError'
        )
        expectError(await put(`${on(making, randomUUID())}?${AI}`, ids(PLAN.slow)), 422, 'ConcurrencyError')
        await remove(at(making), PLAN.slow, `&${AI}`)
      })

      it('S-06 makes one of twenty identical requests at the same moment', async () => {
        const id = randomUUID()
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => put(`${at(id)}?${AI}`, { ...ids(PLAN.slow), ...WHERE }))
        )
        for (const { status } of answers) expect(status).to.equal(202)
        expect(new Set(answers.map(({ body }) => body['operation'])).size).to.equal(1)
        expect(await storeRows(openStore, `select id from instances where osb_id = '${id}'`)).to.have.length(
          1
        )
        await remove(at(id), PLAN.slow, `&${AI}`)
      })

      it('S-07 takes twenty binds of one instance side by side, for a bind changes nothing of it', async () => {
        const id = await provision(PLAN.sync)
        const before = await get(at(id))
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => put(on(id, randomUUID()), ids(PLAN.sync)))
        )
        for (const { status, text } of answers) expect(status, text).to.equal(201)
        expect((await get(at(id))).text).to.equal(before.text)
      })
    })

    describe('polls', () => {
      it('L-01 L-02 L-03 L-11 L-12 L-13 tell how it goes from the first moment on', async () => {
        const id = randomUUID()
        await put(`${at(id)}?${AI}`, { ...ids(PLAN.slow), ...WHERE })
        const running = await get(`${at(id)}/last_operation`)
        expect([running.status, running.body['state']]).to.deep.equal([200, 'in progress'])
        expect(running.headers['retry-after']).to.match(/^\d+$/)
        if ('description' in running.body)
          expect(running.body['description']).to.be.a('string').and.not.equal('')
        for (const flag of ['instance_usable', 'update_repeatable'])
          expect(running.body).to.not.have.property(flag)
        await remove(at(id), PLAN.slow, `&${AI}`)
        expect(await ended(at(id))).to.equal('succeeded')
      })

      it('L-04 L-05 L-06 L-09 L-10 answer 404 to what is not there, 400 to an empty token, and take ids for hints', async () => {
        expectError(await get(`${at(randomUUID())}/last_operation`), 404)
        const id = await provision(PLAN.async)
        expectError(await get(`${on(id, randomUUID())}/last_operation`), 404)
        expectError(await get(`${at(id)}/last_operation?operation=`), 400)
        const first = (await put(`${at(id)}?${AI}`, { ...ids(PLAN.async), ...WHERE })).status
        expect(first).to.equal(200)
        const update = await patch(`${at(id)}?${AI}`, { service_id: SERVICE, plan_id: PLAN['async large'] })
        const token = textAt(update.body, 'operation')
        expect(await ended(at(id), `?operation=${token}`)).to.equal('succeeded')
        await remove(at(id), PLAN.async, `&${AI}`)
        for (const plan of [PLAN.async, PLAN['async large']])
          expect(
            (await get(`${at(id)}/last_operation?operation=${token}&${query(plan)}`)).body['state']
          ).to.equal('succeeded')
      })

      it('L-07 L-08 remember the end of a removal, poll after poll', async () => {
        const id = await provision(PLAN.async)
        const removal = await remove(at(id), PLAN.async, `&${AI}`)
        const token = textAt(removal.body, 'operation')
        expect(await ended(at(id), `?operation=${token}`)).to.equal('succeeded')
        for (let poll = 0; poll < 5; poll++)
          for (const more of ['', `?operation=${token}`]) {
            const { status, body } = await get(`${at(id)}/last_operation${more}`)
            expect([status, body['state']]).to.deep.equal([200, 'succeeded'])
          }
      })

      it('L-14 hear of an end before the platform stops asking', async () => {
        const id = randomUUID()
        const began = Date.now()
        expect((await put(`${at(id)}?${AI}`, { ...ids(PLAN.impatient), ...WHERE })).status).to.equal(202)
        expect(await ended(at(id))).to.equal('failed')
        // On a busy machine the answer to the last poll may be late; the deadline itself is not.
        expect(Date.now() - began).to.be.below(15_000)
      })
    })

    describe('provision', () => {
      it('P-03 P-04 P-16 answers the same request again, with and without accepts_incomplete', async () => {
        const running = randomUUID()
        const slow = { ...ids(PLAN.slow), ...WHERE }
        const first = await put(`${at(running)}?${AI}`, slow)
        for (let again = 0; again < 3; again++)
          expect((await put(`${at(running)}?${AI}`, slow)).body).to.deep.equal(first.body)
        await remove(at(running), PLAN.slow, `&${AI}`)
        const done = await provision(PLAN.async)
        for (const flag of ['', AI])
          expect((await put(`${at(done)}?${flag}`, { ...ids(PLAN.async), ...WHERE })).status).to.equal(200)
      })

      it('P-05 answers 409 to whatever differs, running or done', async () => {
        const slow = randomUUID()
        await put(`${at(slow)}?${AI}`, { ...ids(PLAN.slow), ...WHERE })
        for (const [id, plan] of [
          [await provision(PLAN.sync), PLAN.sync],
          [slow, PLAN.slow]
        ] as const) {
          const same = { ...ids(plan), ...WHERE }
          for (const other of [
            { ...same, service_id: SHELF.service, plan_id: SHELF.plan },
            { ...same, plan_id: PLAN.paid },
            { ...same, parameters: { colour: 'red' } },
            { ...same, organization_guid: 'x' },
            { ...same, space_guid: 'x' }
          ])
            expectError(await put(`${at(id)}?${AI}`, other), 409)
          for (const equal of [
            { ...same, parameters: {} },
            { ...same, context: { platform: 'x' } }
          ])
            expect((await put(`${at(id)}?${AI}`, equal)).status).to.be.oneOf([200, 202])
        }
        await remove(at(slow), PLAN.slow, `&${AI}`)
      })

      it('P-06 P-07 P-08 P-09 answers 400 to what is missing, unknown or does not fit', async () => {
        const good: JsonObject = { ...ids(PLAN.sync), ...WHERE }
        for (const field of Object.keys(good)) {
          for (const value of ['', null, 1, {}] as const)
            expectError(await put(at(randomUUID()), { ...good, [field]: value }), 400)
          expectError(
            await put(
              at(randomUUID()),
              Object.fromEntries(Object.entries(good).filter(([name]) => name !== field))
            ),
            400
          )
        }
        for (const change of [
          { service_id: 'x' },
          { plan_id: 'x' },
          { plan_id: SHELF.plan },
          { parameters: [] },
          { parameters: 'x' },
          { parameters: 1 }
        ])
          expectError(await put(at(randomUUID()), { ...good, ...change }), 400)
        const wrong: readonly [string, Json][] = [
          ['never', 1],
          ['shelves', 'x'],
          ['shelves', 17],
          ['colour', 'pink'],
          ['backup', {}]
        ]
        for (const [name, value] of wrong) {
          const refused = await put(at(randomUUID()), { ...good, parameters: { [name]: value } })
          expectError(refused, 400)
          // A name that nobody knows may be a secret in the wrong place: it is not repeated.
          expect(refused.body['description']).to.include(name === 'never' ? 'parameters' : name)
        }
        expect((await put(at(randomUUID()), { ...good, parameters: null })).status).to.equal(201)
      })

      it('P-11 P-12 compares the version of maintenance_info, and nothing is made when it differs', async () => {
        const good = { ...ids(PLAN.sync), ...WHERE }
        const id = randomUUID()
        expectError(
          await put(at(id), { ...good, maintenance_info: { version: '0.0.1' } }),
          422,
          'MaintenanceInfoConflict'
        )
        expect((await get(at(id))).status).to.equal(404)
        expect((await remove(at(id), PLAN.sync)).status).to.equal(410)
        expect(
          (await put(at(id), { ...good, maintenance_info: { version: '1.0.0', description: 'another' } }))
            .status
        ).to.equal(201)
        expectError(
          await put(at(randomUUID()), {
            ...ids(PLAN.fixed),
            ...WHERE,
            maintenance_info: { version: '1.0.0' }
          }),
          422,
          'MaintenanceInfoConflict'
        )
      })

      it('P-13 takes any context and none', async () => {
        for (const context of [
          undefined,
          null,
          {},
          { platform: 'cloudfoundry' },
          { platform: 'kubernetes', namespace: 'n', clusterid: 'c' },
          { platform: 'acme' }
        ])
          await provision(PLAN.sync, context === undefined ? {} : { context })
      })

      it('P-14 P-15 U-19 tells metadata in the first answer and the same ever after, and a dashboard then or never', async () => {
        for (const plan of [PLAN.sync, PLAN.async]) {
          const id = randomUUID()
          const first = await put(`${at(id)}?${AI}`, { ...ids(plan), ...WHERE })
          if (first.status === 202) await ended(at(id))
          const later = await get(at(id))
          expect(first.body['dashboard_url']).to.equal(later.body['dashboard_url'])
          expect(objectAt(first.body, 'metadata')).to.deep.equal(objectAt(later.body, 'metadata'))
          expect(objectAt(objectAt(first.body, 'metadata'), 'labels')).to.include({ provider: 'alder' })
          const other = plan === PLAN.sync ? PLAN.paid : PLAN['async large']
          const changed = await patch(`${at(id)}?${AI}`, { service_id: SERVICE, plan_id: other })
          if (changed.status === 202) await ended(at(id))
          expect((await get(at(id))).body['dashboard_url']).to.equal(
            changed.body['dashboard_url'] ?? first.body['dashboard_url']
          )
        }
      })

      it('P-16 looks at parameters before it asks for accepts_incomplete', async () => {
        expectError(
          await put(at(randomUUID()), { ...ids(PLAN.async), ...WHERE, parameters: { never: 1 } }),
          400
        )
      })

      it('P-17 lets an id be used again', async () => {
        const id = await provision(PLAN.sync, { parameters: { title: 'first' } })
        await remove(at(id), PLAN.sync)
        expect((await put(at(id), { ...ids(PLAN.paid), ...WHERE })).status).to.equal(201)
        expect(objectAt((await get(at(id))).body, 'parameters')).to.not.have.property('title')
      })

      it('P-18 D-13 O-1 holds to an asynchronous create that failed, until it is deleted', async () => {
        const id = randomUUID()
        const body = { ...ids(PLAN.full), ...WHERE }
        const first = await put(`${at(id)}?${AI}`, body)
        expect(await ended(at(id))).to.equal('failed')
        for (let again = 0; again < 3; again++) {
          const answer = await put(`${at(id)}?${AI}`, body)
          expect([answer.status, answer.body['operation']]).to.deep.equal([202, first.body['operation']])
        }
        expect((await remove(at(id), PLAN.full, `&${AI}`)).status).to.be.oneOf([200, 202])
        expect(await ended(at(id))).to.equal('succeeded')
        expect((await put(`${at(id)}?${AI}`, body)).body['operation']).to.not.equal(first.body['operation'])
      })
    })

    describe('fetch', () => {
      it('F-01 F-04 F-06 F-07 finds an instance of every kind of plan, without nulls and secrets', async () => {
        for (const plan of [PLAN.sync, PLAN.async, PLAN.lifetime, PLAN.unbindable]) {
          const id = await provision(plan, { parameters: { title: 'seen', passphrase: 'never seen again' } })
          const answers = await Promise.all([at(id), `${at(id)}?${query(plan)}`].map(get))
          for (const { status, body, text } of answers) {
            expect(status).to.equal(200)
            expect(body).to.include({ service_id: SERVICE, plan_id: plan })
            expect(body['parameters']).to.deep.equal({ title: 'seen' })
            expect(text).to.not.match(/:null|never seen/)
          }
        }
      })

      it('F-02 finds none that is unknown, still being made or gone', async () => {
        expectError(await get(at(randomUUID())), 404)
        const slow = randomUUID()
        await put(`${at(slow)}?${AI}`, { ...ids(PLAN.slow), ...WHERE })
        expectError(await get(at(slow)), 404)
        await remove(at(slow), PLAN.slow, `&${AI}`)
        const id = await provision(PLAN.sync)
        await remove(at(id), PLAN.sync)
        expectError(await get(at(id)), 404)
      })

      it('F-03 U-03 shows the old values while a change runs, and answers the same PATCH with its operation', async () => {
        const id = await provision(PLAN.async)
        const change = { service_id: SERVICE, plan_id: PLAN.slow }
        const first = await patch(`${at(id)}?${AI}`, change)
        for (let again = 0; again < 3; again++)
          expect((await patch(`${at(id)}?${AI}`, change)).body).to.deep.equal(first.body)
        expect((await get(at(id))).body['plan_id']).to.equal(PLAN.async)
      })

      it('F-05 U-13 U-17 shows what a change made, and the old values after one that failed', async () => {
        const id = await provision(PLAN.async, { parameters: { colour: 'blue' } })
        const good = await patch(`${at(id)}?${AI}`, { service_id: SERVICE, parameters: { colour: 'red' } })
        expect(good.status).to.equal(202)
        expect(await ended(at(id))).to.equal('succeeded')
        await patch(`${at(id)}?${AI}`, {
          service_id: SERVICE,
          plan_id: PLAN['no update'],
          parameters: { colour: 'green' }
        })
        expect(await ended(at(id))).to.equal('failed')
        const told = (await get(`${at(id)}/last_operation`)).body
        for (const flag of ['instance_usable', 'update_repeatable'])
          expect(told[flag], flag).to.be.a('boolean')
        expect((await get(at(id))).body).to.deep.include({
          plan_id: PLAN.async,
          parameters: { colour: 'red' }
        })
      })
    })

    describe('update', () => {
      it('U-04 U-06 U-07 U-16 changes what is named, and believes no previous_values', async () => {
        const id = await provision(PLAN.sync, { parameters: { colour: 'blue', shelves: 2 } })
        const fetched = async () => (await get(at(id))).body
        for (const nothing of [{}, { plan_id: PLAN.sync }, { parameters: { colour: 'blue' } }])
          expect((await patch(at(id), { service_id: SERVICE, ...nothing })).status).to.equal(200)
        await patch(at(id), {
          service_id: SERVICE,
          parameters: { colour: 'red' },
          previous_values: { plan_id: PLAN.fixed, service_id: 'x' }
        })
        expect(await fetched()).to.deep.include({
          plan_id: PLAN.sync,
          parameters: { colour: 'red', shelves: 2 }
        })
        await patch(at(id), {
          service_id: SERVICE,
          plan_id: PLAN.paid,
          parameters: {},
          previous_values: { plan_id: PLAN.paid }
        })
        expect(await fetched()).to.deep.include({
          plan_id: PLAN.paid,
          parameters: { colour: 'red', shelves: 2 }
        })
      })

      it('U-05 U-08 U-15 answers 400 to a wrong service, an unknown plan and bad parameters', async () => {
        const id = await provision(PLAN.sync)
        const wrong: readonly JsonObject[] = [
          {},
          { service_id: '' },
          { service_id: 'x' },
          { service_id: SHELF.service },
          ...[
            { plan_id: 'x' },
            { plan_id: SHELF.plan },
            { parameters: { shelves: 0 } },
            { parameters: [] }
          ].map((each) => ({ service_id: SERVICE, ...each }))
        ]
        for (const body of wrong) expectError(await patch(at(id), body), 400)
      })

      it('U-09 refuses another region of what cannot move with 422, says why, and keeps all as it is', async () => {
        for (const plan of [PLAN.sync, PLAN.async]) {
          const id = await provision(plan, { parameters: { region: 'alder-1', colour: 'blue' } })
          const before = await get(at(id))
          for (const body of [
            { parameters: { region: 'alder-2' } },
            { plan_id: PLAN.paid, parameters: { region: 'alder-2', colour: 'red' } }
          ]) {
            const answer = await patch(`${at(id)}?${AI}`, { service_id: SERVICE, ...body })
            expectError(answer, 422)
            expect(answer.body).to.include({
              description: 'instances of example cannot switch provider or region yet',
              instance_usable: true,
              update_repeatable: false
            })
          }
          expect((await get(at(id))).text).to.equal(before.text)
          const own = { service_id: SERVICE, parameters: { region: 'alder-1' } }
          expect((await patch(`${at(id)}?${AI}`, own)).status).to.equal(200)
        }
      })

      it('U-10 B-21 refuses a change of an instance that failed, and a bind too', async () => {
        const id = randomUUID()
        await put(`${at(id)}?${AI}`, { ...ids(PLAN.broken), ...WHERE })
        expect(await ended(at(id))).to.equal('failed')
        expectError(await patch(`${at(id)}?${AI}`, { service_id: SERVICE, plan_id: PLAN.async }), 422)
        expectError(await put(`${on(id, randomUUID())}?${AI}`, ids(PLAN.broken)), 422)
      })

      it('U-12 U-11 takes the catalog’s version of maintenance_info, and no other', async () => {
        const id = await provision(PLAN.sync)
        expectError(
          await patch(at(id), { service_id: SERVICE, maintenance_info: { version: '0.0.1' } }),
          422,
          'MaintenanceInfoConflict'
        )
        expectError(
          await patch(at(id), {
            service_id: SERVICE,
            plan_id: PLAN.paid,
            maintenance_info: { version: '1.0.0' }
          }),
          422,
          'MaintenanceInfoConflict'
        )
        expect(
          (
            await patch(at(id), {
              service_id: SERVICE,
              plan_id: PLAN.paid,
              maintenance_info: { version: '2.1.1+abcdef' }
            })
          ).status
        ).to.equal(200)
        expect(objectAt((await get(at(id))).body, 'maintenance_info')['version']).to.equal('2.1.1+abcdef')
      })

      it('U-14 takes a context alone', async () => {
        const id = await provision(PLAN.sync)
        const before = await get(at(id))
        expect(
          (
            await patch(at(id), {
              service_id: SERVICE,
              context: { platform: 'cloudfoundry', instance_name: 'new' }
            })
          ).status
        ).to.equal(200)
        expect((await get(at(id))).text).to.equal(before.text)
      })

      it('U-18 answers 404 to an unknown instance', async () => {
        expectError(await patch(at(randomUUID()), { service_id: SERVICE }), 404)
      })
    })

    describe('bind', () => {
      it('B-04 B-05 B-06 B-20 answers the same request again, and 409 to another', async () => {
        const id = await provision(PLAN.sync)
        const body = { ...ids(PLAN.sync), bind_resource: { app_guid: 'app' } }
        const binding = randomUUID()
        const first = await put(on(id, binding), body)
        const again = await put(on(id, binding), body)
        expect([first.status, again.status]).to.deep.equal([201, 200])
        expect(again.body).to.deep.equal(first.body)
        for (const other of [
          { parameters: { access: 'read-only' } },
          { bind_resource: { app_guid: 'x' } },
          { bind_resource: {} }
        ])
          expectError(await put(on(id, binding), { ...body, ...other }), 409)
        expect((await get(on(id, binding))).body['credentials']).to.deep.equal(first.body['credentials'])
      })

      it('B-07 B-11 answers 400 to missing and wrong ids, and to bad parameters', async () => {
        const id = await provision(PLAN.sync)
        const good: JsonObject = ids(PLAN.sync)
        for (const field of ['service_id', 'plan_id'])
          for (const value of ['', null, 1, 'x'])
            expectError(await put(on(id, randomUUID()), { ...good, [field]: value }), 400)
        for (const more of [
          { plan_id: PLAN.fixed },
          { parameters: { access: 'x' } },
          { parameters: { never: 1 } },
          { parameters: [] }
        ])
          expectError(await put(on(id, randomUUID()), { ...good, ...more }), 400)
        expectError(await put(on(randomUUID(), randomUUID()), good), 404)
      })

      it('B-12 gives each binding a login of its own, and removing one leaves the other', async () => {
        const id = await provision(PLAN.sync)
        const [one, other] = [await bind(id, PLAN.sync), await bind(id, PLAN.sync)]
        const passwords = [one, other].map(({ answer }) =>
          textAt(objectAt(answer.body, 'credentials'), 'password')
        )
        expect(new Set(passwords).size).to.equal(2)
        expect((await remove(on(id, one.binding), PLAN.sync)).status).to.equal(200)
        expectError(await get(on(id, one.binding)), 404)
        expect((await get(on(id, other.binding))).body['credentials']).to.deep.equal(
          other.answer.body['credentials']
        )
      })

      it('B-13 B-14 lists endpoints as objects with ports as texts, where it lists any', async () => {
        const id = await provision(PLAN.sync)
        const { answer } = await bind(id, PLAN.sync)
        for (const endpoint of (answer.body['endpoints'] ?? []) as readonly JsonObject[]) {
          expect(textAt(endpoint, 'host')).to.not.equal('')
          for (const port of arrayAt(endpoint, 'ports')) expect(port).to.match(/^\d+(-\d+)?$/)
        }
      })

      it('B-15 B-16 tells when a binding ends, and nothing else in its metadata', async () => {
        const id = await provision(PLAN.lifetime)
        const { binding, answer } = await bind(id, PLAN.lifetime)
        const metadata = objectAt(answer.body, 'metadata')
        expect(Object.keys(metadata)).to.have.members(['expires_at', 'renew_before'])
        for (const time of Object.values(metadata))
          expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/)
        expect(Date.parse(textAt(metadata, 'renew_before'))).to.be.below(
          Date.parse(textAt(metadata, 'expires_at'))
        )
        expect((await get(on(id, binding))).body['metadata']).to.deep.equal(metadata)
      })

      it('LB-01 LB-02 BF-01 BF-02 BF-03 BF-04 fetches the credentials of an asynchronous bind, under its own instance only', async () => {
        const id = await provision(PLAN.async)
        const binding = randomUUID()
        await put(`${on(id, binding)}?${AI}`, ids(PLAN.async))
        expect(await ended(on(id, binding))).to.equal('succeeded')
        const poll = await get(`${on(id, binding)}/last_operation`)
        for (const flag of ['instance_usable', 'update_repeatable'])
          expect(poll.body).to.not.have.property(flag)
        const fetched = await get(on(id, binding))
        expect(fetched.status).to.equal(200)
        expect(objectAt(fetched.body, 'credentials')).to.have.property('password')
        expect(fetched.text).to.not.match(/:null/)
        expectError(await get(on(await provision(PLAN.sync), binding)), 404)
        expectError(await get(on(id, randomUUID())), 404)
      })

      it('LB-02 tells no flags of a bind that failed', async () => {
        const id = await provision(PLAN['no bind'])
        const binding = randomUUID()
        await put(`${on(id, binding)}?${AI}`, ids(PLAN['no bind']))
        expect(await ended(on(id, binding))).to.equal('failed')
        const poll = await get(`${on(id, binding)}/last_operation`)
        for (const flag of ['instance_usable', 'update_repeatable'])
          expect(poll.body).to.not.have.property(flag)
      })

      it('R-01 R-02 R-03 R-04 R-06 BF-05 rotates to a login beside the old one', async () => {
        const id = await provision(PLAN.sync)
        const { binding: old, answer } = await bind(id, PLAN.sync, { parameters: { access: 'read-only' } })
        const successor = randomUUID()
        const rotated = await put(on(id, successor), { predecessor_binding_id: old })
        expect(rotated.status, rotated.text).to.equal(201)
        expect(objectAt(rotated.body, 'credentials')['password']).to.not.equal(
          objectAt(answer.body, 'credentials')['password']
        )
        expect(objectAt(rotated.body, 'credentials')['access']).to.equal('read-only')
        expect((await put(on(id, successor), { predecessor_binding_id: old })).body).to.deep.equal(
          rotated.body
        )
        const { binding: another } = await bind(id, PLAN.sync)
        expectError(await put(on(id, successor), { predecessor_binding_id: another }), 409)
        expect((await get(on(id, old))).status).to.equal(200)
        expect((await remove(on(id, old), PLAN.sync)).status).to.equal(200)
        expect((await get(on(id, successor))).body['credentials']).to.deep.equal(rotated.body['credentials'])
        for (const wrong of [old, randomUUID(), (await bind(await provision(PLAN.sync), PLAN.sync)).binding])
          expectError(await put(on(id, randomUUID()), { predecessor_binding_id: wrong }), 400)
      })
    })

    describe('removal', () => {
      it('UB-03 D-03 answers the same DELETE while it runs with the same operation', async () => {
        const id = randomUUID()
        await put(`${at(id)}?${AI}`, { ...ids(PLAN.slow), ...WHERE })
        const answers = await Promise.all(
          Array.from({ length: 4 }, () => remove(at(id), PLAN.slow, `&${AI}`))
        )
        const tokens = answers.filter(({ status }) => status === 202).map(({ body }) => body['operation'])
        expect(new Set(tokens).size).to.equal(1)
        for (const { status } of answers) expect(status).to.be.oneOf([202, 410])
        expect(await ended(at(id))).to.equal('succeeded')
      })

      it('UB-04 UB-05 UB-06 D-04 D-05 D-06 requires both ids, answers 410 to nothing and 400 to what does not belong', async () => {
        const id = await provision(PLAN.sync)
        const { binding } = await bind(id, PLAN.sync)
        for (const path of [
          at(id),
          on(id, binding),
          at(randomUUID()),
          on(id, randomUUID()),
          on(randomUUID(), randomUUID())
        ])
          for (const asked of [
            '',
            `service_id=${SERVICE}`,
            `plan_id=${PLAN.sync}`,
            `service_id=&plan_id=${PLAN.sync}`,
            `service_id=${SERVICE}&plan_id=`
          ])
            expectError(await client.send({ method: 'DELETE', path: `${path}?${asked}` }), 400)
        for (const path of [at(randomUUID()), on(id, randomUUID()), on(randomUUID(), randomUUID())]) {
          const gone = await remove(path, PLAN.sync)
          expect([gone.status, gone.text]).to.deep.equal([410, '{}'])
        }
        for (const path of [on(id, binding), at(id)]) {
          expectError(await remove(path, PLAN.paid), 400)
          expectError(
            await client.send({
              method: 'DELETE',
              path: `${path}?service_id=${SHELF.service}&plan_id=${PLAN.sync}`
            }),
            400
          )
        }
        expect((await get(on(id, binding))).status).to.equal(200)
      })

      it('D-08 UB-08 O-1 stops what still runs, and nothing is left', async () => {
        const id = randomUUID()
        const begun = await put(`${at(id)}?${AI}`, { ...ids(PLAN.slow), ...WHERE })
        const removal = await remove(at(id), PLAN.slow, `&${AI}`)
        expect(removal.status).to.equal(202)
        expect(await ended(at(id), `?operation=${textAt(removal.body, 'operation')}`)).to.equal('succeeded')
        expect(await ended(at(id), `?operation=${textAt(begun.body, 'operation')}`)).to.equal('failed')
        await nothingStands(id)
      })

      it('UB-09 D-11 refuses to remove an instance that has bindings, and leaves them', async () => {
        const id = await provision(PLAN.sync)
        const { binding } = await bind(id, PLAN.sync)
        expectError(await remove(at(id), PLAN.sync), 400)
        expect((await get(on(id, binding))).status).to.equal(200)
      })

      it('D-12 L-03 tells of a removal that failed, and the instance is still there', async () => {
        const id = await provision(PLAN['no destroy'])
        expect((await remove(at(id), PLAN['no destroy'], `&${AI}`)).status).to.equal(202)
        expect(await ended(at(id))).to.equal('failed')
        const { body } = await get(`${at(id)}/last_operation`)
        expect(body).to.not.have.property('update_repeatable')
        expect((await remove(at(id), PLAN['no destroy'], `&${AI}`)).status).to.equal(202)
      })

      it('UB-10 D-10 leaves nothing', async () => {
        const id = await provision(PLAN.sync)
        const { binding } = await bind(id, PLAN.sync)
        await remove(on(id, binding), PLAN.sync)
        await remove(at(id), PLAN.sync)
        expectError(await get(on(id, binding)), 404)
        await nothingStands(id)
      })

      it('O-2 leaves nothing to clean up behind a 4xx', async () => {
        for (const [status, plan, more] of [
          [400, PLAN.sync, { parameters: { never: 1 } }],
          [422, PLAN.async, {}],
          [422, PLAN.sync, { maintenance_info: { version: '9.9.9' } }]
        ] as const) {
          const id = randomUUID()
          expect((await put(at(id), { ...ids(plan), ...WHERE, ...more })).status).to.equal(status)
          expect((await remove(at(id), plan, `&${AI}`)).status).to.equal(410)
        }
      })

      it('O-3 leaves nothing when a client goes away in the middle of its PUT and deletes', async () => {
        for (const plan of [PLAN.sync, PLAN.async, PLAN.slow]) {
          const id = randomUUID()
          await hangUp(`${at(id)}?${AI}`, { ...ids(plan), ...WHERE })
          // The PUT may arrive after the first DELETE: a platform goes on until it is sure.
          await cleanedUp(id, plan)
          await nothingStands(id)
        }
      })
    })

    /** Of an instance, in the books: what stands at the provider is the drivers' tests' to see. */
    async function nothingStands(id: string): Promise<void> {
      const rows = await storeRows(
        openStore,
        `select r.state from resources r join instances i on i.id = r.instance where i.osb_id = '${id}' and r.state <> 'gone'`
      )
      expect(rows).to.deep.equal([])
    }

    /** Deletes again and again, until the PUT has come and what it made is gone; one that never comes leaves nothing anyway. */
    async function cleanedUp(id: string, plan: string): Promise<void> {
      const cameWithin = Date.now() + 10_000
      for (;;) {
        const answer = await remove(at(id), plan, `&${AI}`)
        expect(answer.status, answer.text).to.be.oneOf([200, 202, 410])
        if (answer.status === 202) await ended(at(id))
        const rows = await storeRows(openStore, `select state from instances where osb_id = '${id}'`)
        const isOver = rows.length > 0 && rows.every(({ state }) => state === 'deleted')
        if (isOver || (rows.length === 0 && Date.now() > cameWithin)) return
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }

    /** Sends all of a request and closes without waiting for a word. */
    function hangUp(path: string, body: JsonObject): Promise<void> {
      const text = JSON.stringify(body)
      const head = [
        `PUT ${path} HTTP/1.1`,
        'Host: broker',
        `Authorization: Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`,
        'X-Broker-API-Version: 2.17',
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(text)}`
      ]
      return new Promise((resolve, reject) => {
        const socket = connect(broker.port, '127.0.0.1')
        socket.on('error', reject)
        socket.on('connect', () =>
          socket.write(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy())
        )
        socket.on('close', () => resolve())
      })
    }
  })
}
