import { expect } from 'chai'
import pg from 'pg'
import type { Access, RedisAccess } from '../../src/contract/access.ts'
import type { Driver, Handle } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family as postgresql } from '../../src/families/postgresql/index.ts'
import { family as redis } from '../../src/families/redis/index.ts'
import { openBreaker } from '../../test/conformance/breaker.ts'
import { freshLogin, freshOrder } from '../../test/conformance/fresh.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { type Engine, openEngine } from '../../test/conformance/run.ts'
import { openWatch } from '../../test/conformance/watch.ts'
import { adoptAnew } from '../../test/support/adopt-anew.ts'
import { succeeds } from '../../test/support/succeeds.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from './fake/start-fake.ts'
import { adapter } from './index.ts'

const POSTGRESQL = { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 }
const REDIS = { plan: 'essential', version: '7.2', flavor: 'db1-4', nodes: 1 }

describe('ovhcloud, what is taken over', () => {
  let fake: FakeOvhcloud

  before(async function () {
    this.timeout(60_000)
    fake = await startFakeOvhcloud()
  })
  after(() => fake.stop())
  beforeEach(() => fake.reset())

  const callAt = (now = new Date(), attempt = 1): Call => {
    const { signal } = new AbortController()
    return { signal, now, attempt, ...realPorts(signal), note: () => undefined }
  }

  function driverOf(family: string): Driver {
    const found = adapter.open(fake.settings).drivers[family]
    if (!found) throw new Error('no driver')
    return found
  }

  function begin(family: Family, plan: JsonObject): Engine {
    const driver = driverOf(family.name)
    const harness = {
      openDriver: () => driver,
      family,
      dedicated: true as const,
      order: { region: 'GRA', plan, parameters: {} },
      call: ({ now, attempt }: { now: Date; attempt: number }) => callAt(now, attempt),
      resources: async () => [],
      logins: async () => [],
      tryLogin: async () => false,
      advanceTime: (seconds: number) => fake.advance(seconds)
    }
    return openEngine(harness, openBreaker(harness.call), openWatch(), freshOrder(harness.order, 'broker-1'))
  }

  function adopt(engine: Engine, order = engine.book.order): Promise<readonly Handle[]> {
    return adoptAnew({ driver: engine.driver(), callAt, advance: (seconds) => fake.advance(seconds) }, order)
  }

  it('has a new password for its owner, all its data, and bindings that log in', async () => {
    const engine = begin(postgresql, POSTGRESQL)
    await engine.create()
    const before = await engine.bind(freshLogin())
    expect(await runs(before, "CREATE TABLE kept AS SELECT 'yes' AS what")).to.equal(true)
    const old = passwordOf(await engine.access())
    const handles = await adopt(engine)
    expect(handles[0]).not.to.have.property('password')
    engine.book.handle = handles.at(-1) as Handle
    expect(passwordOf(await engine.access())).not.to.equal(old)
    await engine.prepare()
    const after = await engine.bind(freshLogin())
    expect(await runs(after, "INSERT INTO kept VALUES ('too')")).to.equal(true)
    expect(await runs(before, 'TABLE kept'), 'who was bound before').to.equal(true)
    await engine.remove()
    expect((await fake.state()).databases).to.deep.equal([])
  })

  it('may be a Valkey, whose administrator gets a new password', async () => {
    const engine = begin(redis, REDIS)
    await engine.create()
    const old = passwordOf(await engine.access())
    engine.book.handle = (await adopt(engine)).at(-1) as Handle
    const access = (await engine.access()) as RedisAccess
    expect(access.password).not.to.equal(old)
    await callAt().redis(access, (session) => session.command('PING'))
  })

  it('lets in the networks of the order, and nobody else', async () => {
    const engine = begin(postgresql, POSTGRESQL)
    await engine.create()
    await adopt(engine, { ...engine.book.order, allowFrom: ['192.0.2.0/24'] })
    const [standing] = (await fake.state()).services
    expect(standing?.rules).to.deep.equal(['192.0.2.0/24'])
  })

  it('is one where the plan says who makes its logins', async () => {
    const engine = begin(postgresql, { ...POSTGRESQL, logins: 'provider' })
    await engine.create()
    engine.book.handle = (await adopt(engine)).at(-1) as Handle
    expect(engine.book.handle['logins']).to.equal('provider')
    expect(await runs(await engine.bind(freshLogin()), 'CREATE TABLE t (n integer)')).to.equal(true)
  })

  it('is nothing that is broken, gone, or not marked as ours', async () => {
    const engine = begin(postgresql, POSTGRESQL)
    await engine.create()
    const { order, handle } = engine.book
    const [standing] = (await fake.state()).services
    const driver = driverOf('postgresql')
    const refusal = (soFar: Handle | undefined) => kindOf(driver.adopt?.(order, soFar, callAt()))
    expect(await refusal(undefined)).to.equal('invalid')
    await fake.setStatus(standing?.id ?? '', 'LOCKED')
    expect(await refusal(handle)).to.equal('conflict')
    await fake.setStatus(standing?.id ?? '', 'READY')
    expect(await refusal({ ...handle, v: 1, resource: 'another' })).to.equal('conflict')
    await fake.reset()
    expect(await refusal(handle)).to.equal('not-found')
  })

  it('is the same after any step was lost', async () => {
    const engine = begin(postgresql, POSTGRESQL)
    await engine.create()
    const driver = driverOf('postgresql')
    const stranger = { ...engine.book.order, secret: (label: string) => `another-${label}-of-43-characters` }
    const steps = await adopt(engine)
    for (const handle of steps.slice(0, -1)) {
      let sighting = await driver.adopt?.(stranger, handle, callAt())
      for (let step = 0; sighting?.state === 'pending' && step < 20; step++) {
        await fake.advance(200)
        sighting = await driver.adopt?.(
          stranger,
          sighting.handle,
          callAt(new Date(Date.now() + step * 200_000))
        )
      }
      if (sighting?.state !== 'ready') throw new Error(`it is ${sighting?.state}`)
      engine.book.handle = sighting.handle
      await engine.prepare()
    }
  })
})

function passwordOf(access: Access): string {
  return 'password' in access ? access.password : ''
}

function runs({ host, port, database, username, password, sslrootcert }: JsonObject, sql: string) {
  const client = new pg.Client({
    host: String(host),
    port: Number(port),
    database: String(database),
    user: String(username),
    password: String(password),
    ssl: { ca: String(sslrootcert) }
  })
  return succeeds(client, sql)
}

async function kindOf(promise: Promise<unknown> | undefined): Promise<string> {
  try {
    await promise
    return 'nothing'
  } catch (error) {
    if (error instanceof ProviderFailure) return error.kind
    throw error
  }
}
