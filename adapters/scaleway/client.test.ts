import { expect } from 'chai'
import type { Order } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { httpPort } from '../../src/transport/http.ts'
import { noPorts } from '../../test/conformance/ports.ts'
import { fixture as fixtureAt, useProviderMock } from '../../test/support/provider-mock.ts'
import { failureFrom } from './errors.ts'
import { adapter } from './index.ts'

const PROJECT = '11111111-1111-4111-8111-111111111111'
const ID = 'e3e9e078-0000-4000-8000-000000000001'
const ROOT = '/rdb/v1/regions/fr-par'
const AT = `${ROOT}/instances/${ID}`

const fixture = (name: string): Json => fixtureAt(import.meta.url, `fixtures/${name}.json`)

const order: Order = {
  name: 'paaaaaaaaaaaaaaaaaaaa',
  mark: { broker: 'broker-1', resource: 'resource-1', generation: 1 },
  region: 'fr-par',
  plan: { engine: 'PostgreSQL-15', nodeType: 'DB-DEV-S', volumeType: 'sbs_5k', volumeSizeGb: 10 },
  parameters: {},
  labels: {},
  allowFrom: ['192.0.2.0/24', '198.51.100.7/32'],
  secret: (label) => `secret-of-${label}-0123456789`
}

const chosen = {
  v: 1,
  region: 'fr-par',
  name: order.name,
  ...order.mark,
  password: 'secret-of-admin-0123456789Aa1!'
} as const

const made = { ...chosen, id: ID, seen: true, made: true } as const

function call(attempt = 1): Call {
  const signal = new AbortController().signal
  return {
    signal,
    now: new Date('2026-11-24T10:00:00Z'),
    attempt,
    ...noPorts('a client only asks over HTTP'),
    http: httpPort({ signal, network: 'public' }),
    note: () => undefined
  }
}

async function failure(promise: Promise<unknown>): Promise<ProviderFailure> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ProviderFailure) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('scaleway, to the byte', () => {
  const mock = useProviderMock('https://api.scaleway.com')
  const { postgresql: driver, mysql } = adapter.open({ secretKey: 'the-key', projectId: PROJECT }).drivers
  if (!driver?.update || !driver.access) throw new Error('no driver')
  const sends = { 'x-auth-token': 'the-key', accept: 'application/json' }
  const listed = (filter: Record<string, string>) => ({
    method: 'GET' as const,
    path: `${ROOT}/instances`,
    query: { project_id: PROJECT, page: '1', page_size: '100', order_by: 'created_at_asc', ...filter },
    sends
  })

  function nothingThere() {
    const empty = { status: 200, body: fixture('postgresql-list-empty') }
    mock.expect(listed({ tags: 'portolan-resource=resource-1' }), empty)
    mock.expect(listed({ name: order.name }), empty)
  }

  function ready(extra: JsonObject = {}) {
    const body = { ...(fixture('postgresql-get-ready') as JsonObject), ...extra }
    mock.expect({ method: 'GET', path: AT, sends }, { status: 200, body })
  }

  it('chooses without a request', async () => {
    const sighting = await driver.create(order, undefined, call())
    expect(sighting).to.deep.equal({ state: 'pending', handle: chosen, lookAgainInSeconds: 0 })
  })

  it('asks for an instance', async () => {
    nothingThere()
    mock.expect(
      {
        method: 'POST',
        path: `${ROOT}/instances`,
        body: fixture('postgresql-create-request'),
        sends: { ...sends, 'content-type': 'application/json' }
      },
      { status: 200, body: fixture('postgresql-create') }
    )
    const sighting = await driver.create(order, chosen, call())
    expect(sighting).to.deep.include({ state: 'pending', handle: { ...chosen, id: ID } })
  })

  it('asks for one with MySQL by the same call', async () => {
    nothingThere()
    mock.expect(
      {
        method: 'POST',
        path: `${ROOT}/instances`,
        body: fixture('mysql-create-request'),
        sends: { ...sends, 'content-type': 'application/json' }
      },
      { status: 200, body: { ...(fixture('postgresql-create') as JsonObject), engine: 'MySQL-8' } }
    )
    const wanted = { ...order, plan: { ...order.plan, engine: 'MySQL-8' } }
    const sighting = await mysql?.create(wanted, chosen, call())
    expect(sighting).to.deep.include({ state: 'pending', handle: { ...chosen, id: ID } })
  })

  it('gets into MySQL without a maintenance database', async () => {
    ready({ engine: 'MySQL-8' })
    mock.expect(
      { method: 'GET', path: `${AT}/certificate`, sends },
      { status: 200, body: fixture('postgresql-certificate') }
    )
    const access = await mysql?.access?.(made, call())
    expect(access).to.include({ kind: 'mysql', port: 9758, user: `portolan_${order.name}` })
    expect(access).not.to.have.property('maintenanceDatabase')
  })

  it('replaces the rules of an instance that is open to everybody before it makes a database', async () => {
    ready()
    mock.expect(
      { method: 'GET', path: `${AT}/acls`, query: { page: '1', page_size: '100' }, sends },
      { status: 200, body: fixture('postgresql-acls-open') }
    )
    mock.expect(
      { method: 'PUT', path: `${AT}/acls`, body: fixture('postgresql-acls-request'), sends },
      { status: 200, body: fixture('postgresql-acls-request') }
    )
    const sighting = await driver.create(order, { ...chosen, id: ID }, call())
    expect(sighting).to.deep.include({ state: 'pending' })
  })

  it('asks for a larger node by that one field', async () => {
    ready()
    mock.expect(
      { method: 'POST', path: `${AT}/upgrade`, body: fixture('postgresql-upgrade-node-request'), sends },
      { status: 200, body: { ...(fixture('postgresql-create') as JsonObject), status: 'initializing' } }
    )
    const larger = { ...order, plan: { ...order.plan, nodeType: 'db-dev-m' } }
    expect((await driver.update?.(made, larger, call()))?.state).to.equal('pending')
  })

  it('grows the volume first, also of an instance whose disk is full', async () => {
    ready({ status: 'disk_full' })
    mock.expect(
      { method: 'POST', path: `${AT}/upgrade`, body: fixture('postgresql-upgrade-volume-request'), sends },
      { status: 200, body: { ...(fixture('postgresql-create') as JsonObject), status: 'initializing' } }
    )
    const larger = { ...order, plan: { ...order.plan, nodeType: 'db-dev-m', volumeSizeGb: 20 } }
    expect((await driver.update?.(made, larger, call()))?.state).to.equal('pending')
  })

  it('gets in by the name that the certificate carries, and the port that Scaleway chose', async () => {
    ready()
    mock.expect(
      { method: 'GET', path: `${AT}/certificate`, sends },
      { status: 200, body: fixture('postgresql-certificate') }
    )
    expect(await driver.access?.({ ...made, connectionLimit: 20 }, call())).to.deep.equal({
      kind: 'postgresql',
      host: `rw-${ID}.rdb.fr-par.scw.cloud`,
      port: 9758,
      database: order.name,
      maintenanceDatabase: 'rdb',
      user: `portolan_${order.name}`,
      password: chosen.password,
      tls: { ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
      network: 'public',
      connectionLimit: 20
    })
  })

  it('obeys the pause of a 429', async () => {
    mock.expect(listed({ tags: 'portolan-resource=resource-1' }), {
      status: 429,
      body: fixture('error-too-many-requests'),
      headers: { 'retry-after': '7' }
    })
    const told = await failure(driver.create(order, chosen, call()))
    expect(told).to.include({ kind: 'throttled', retryAfterSeconds: 42, mayHaveHappened: false })
  })

  describe('where its API makes the logins', () => {
    const login = { name: 'baaaaaaaaaaaaaaaaaaaa', password: 'aA1-0' }
    const grant = { handle: { v: 1, user: login.name } }
    const user = `${AT}/users/${login.name}`
    const listsUsers = (...names: readonly string[]) => {
      const users = names.map((name) => ({ name, is_admin: false }))
      mock.expect(
        { method: 'GET', path: `${AT}/users`, query: { name: login.name, page_size: '100' }, sends },
        { status: 200, body: { users, total_count: users.length } }
      )
    }
    const allows = (permission: string) => {
      const body = { database_name: order.name, user_name: login.name, permission }
      mock.expect({ method: 'PUT', path: `${AT}/privileges`, body, sends }, { status: 200, body })
    }

    it('makes a user, who is no administrator', async () => {
      ready()
      listsUsers(`${login.name}b`)
      mock.expect(
        { method: 'POST', path: `${AT}/users`, body: { ...login, is_admin: false }, sends },
        { status: 200, body: { name: login.name, is_admin: false } }
      )
      const bound = await driver.bind?.(made, login, {}, undefined, call())
      expect(bound).to.deep.equal({ state: 'pending', grant, lookAgainInSeconds: 0 })
    })

    for (const [access, permission] of [
      ['read-write', 'all'],
      ['read-only', 'readonly']
    ] as const) {
      it(`gives the permission ${permission} for ${access}`, async () => {
        ready()
        listsUsers(login.name)
        allows(permission)
        const bound = await driver.bind?.(made, login, { access }, grant, call())
        expect(bound).to.deep.equal({ state: 'ready', grant })
      })
    }

    it('takes the permission, then the user', async () => {
      ready()
      listsUsers(login.name)
      allows('none')
      mock.expect({ method: 'DELETE', path: user, sends }, { status: 204 })
      await driver.unbind?.(made, login, grant, call())
    })

    it('says nothing of the password that is refused', async () => {
      ready()
      listsUsers()
      mock.expect(
        { method: 'POST', path: `${AT}/users`, body: { ...login, is_admin: false } },
        { status: 400, body: fixture('error-invalid-arguments') }
      )
      const told = await failure(driver.bind?.(made, login, {}, undefined, call()) ?? Promise.resolve())
      expect(told.kind).to.equal('invalid')
      expect(told.message).not.to.contain(login.password)
    })
  })

  it('knows an answer that is not about Scaleway', async () => {
    mock.expect({ method: 'GET', path: AT, sends }, { status: 200, body: '<html>captive portal</html>' })
    expect((await failure(driver.observe(made, call()))).kind).to.equal('unexpected')
  })

  it('tells no secret when the password is refused', async () => {
    nothingThere()
    mock.expect(
      { method: 'POST', path: `${ROOT}/instances`, body: fixture('postgresql-create-request') },
      { status: 400, body: fixture('error-invalid-arguments') }
    )
    const told = await failure(driver.create(order, chosen, call()))
    expect(told.kind).to.equal('invalid')
    expect(told.message).to.contain('node_type').and.contain('password').and.not.contain('secret-of-admin')
  })

  it('refuses what Scaleway cannot change, and says which', async () => {
    for (const [change, extra, word] of [
      [{ engine: 'PostgreSQL-16' }, {}, 'engine'],
      [{ volumeSizeGb: 5 }, {}, 'smaller'],
      [{}, { is_ha_cluster: true }, 'high availability']
    ] as const) {
      ready(extra)
      const told = await failure(
        driver.update?.(made, { ...order, plan: { ...order.plan, ...change } }, call()) ?? Promise.resolve()
      )
      expect(told.kind).to.equal('invalid')
      expect(told.message).to.contain(word)
    }
  })

  it('refuses to be left open, or to close everybody out', async () => {
    const nobody = await failure(driver.create({ ...order, allowFrom: [] }, undefined, call()))
    expect(nobody.kind).to.equal('invalid')
    const many = Array.from({ length: 51 }, (_, i) => `10.0.${i}.0/24`)
    expect((await failure(driver.create({ ...order, allowFrom: many }, undefined, call()))).kind).to.equal(
      'invalid'
    )
  })
})

describe('an answer of Scaleway that is no success', () => {
  const table: readonly (readonly [string, number, Partial<ProviderFailure>, string])[] = [
    [
      'error-invalid-arguments',
      400,
      { kind: 'invalid' },
      'node_type (constraint: node type is not available)'
    ],
    ['error-invalid-request', 400, { kind: 'invalid' }, 'name'],
    ['error-denied-authentication', 401, { kind: 'denied' }, 'api_key expired'],
    ['error-permissions-denied', 403, { kind: 'denied' }, 'write relational_databases'],
    ['error-permissions-denied-bare', 403, { kind: 'denied' }, 'insufficient permissions'],
    ['error-quotas-exceeded', 403, { kind: 'quota' }, 'RdbInstances (5 of 5)'],
    ['error-not-found', 404, { kind: 'not-found' }, 'instance'],
    ['error-unknown-resource', 404, { kind: 'not-found' }, 'not there'],
    ['error-transient-state', 409, { kind: 'unavailable', retryAfterSeconds: 10 }, 'configuring'],
    ['error-already-exists', 409, { kind: 'conflict' }, 'database'],
    ['error-tuple', 409, { kind: 'throttled', retryAfterSeconds: 2 }, 'changing'],
    ['error-expired', 410, { kind: 'not-found' }, 'expired'],
    ['error-resource-expired', 410, { kind: 'not-found' }, 'expired'],
    ['error-precondition-failed', 412, { kind: 'conflict' }, 'delete its replicas first'],
    ['error-locked', 423, { kind: 'denied' }, 'locked'],
    ['error-too-many-requests', 429, { kind: 'throttled', retryAfterSeconds: 42 }, 'no more requests'],
    ['error-out-of-stock', 503, { kind: 'quota' }, 'out of stock'],
    ['error-not-implemented', 501, { kind: 'invalid' }, 'does not offer'],
    // The numbers of these are not documented, so they do not decide.
    ['error-out-of-stock', 400, { kind: 'quota' }, 'out of stock'],
    ['error-too-many-requests', 403, { kind: 'throttled' }, 'no more requests'],
    ['error-expired', 404, { kind: 'not-found' }, 'expired']
  ]
  for (const [name, status, expected, words] of table) {
    it(`${status} ${name} is ${expected.kind}`, () => {
      const told = failureFrom({ status, headers: {}, body: fixture(name) })
      expect(told).to.include({ mayHaveHappened: false, ...expected })
      expect(told.message).to.contain(words)
    })
  }

  for (const [status, kind, mayHaveHappened] of [
    [400, 'invalid', false],
    [401, 'denied', false],
    [404, 'not-found', false],
    [409, 'conflict', false],
    [423, 'denied', false],
    [429, 'throttled', false],
    [500, 'unavailable', true],
    [502, 'unavailable', true],
    [504, 'unavailable', true]
  ] as const) {
    it(`${status} without a type is ${kind}`, () => {
      const told = failureFrom({ status, headers: { 'retry-after': '9' }, body: 'Bad Gateway' })
      expect(told).to.include({ kind, mayHaveHappened })
    })
  }

  it('is read by its status when its type is a word that every object knows', () => {
    for (const type of ['constructor', 'toString', '__proto__']) {
      const told = failureFrom({ status: 404, headers: {}, body: JSON.parse(`{"type":"${type}"}`) })
      expect(told.kind, type).to.equal('not-found')
    }
  })

  it('is not a sentence with what a stranger put into it', () => {
    const body = { type: 'not_found', resource: 'x\u001b[31m\n<script>', resource_id: 'y' }
    expect(failureFrom({ status: 404, headers: {}, body }).message).to.match(/^[\w .:-]+$/)
  })
})
