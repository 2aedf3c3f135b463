import { expect } from 'chai'
import pg from 'pg'
import type { Driver } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { compileSchema } from '../../src/registry/schema-check.ts'
import { openBreaker } from '../../test/conformance/breaker.ts'
import { freshLogin, freshOrder } from '../../test/conformance/fresh.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { type Engine, openEngine } from '../../test/conformance/run.ts'
import { openWatch } from '../../test/conformance/watch.ts'
import { succeeds } from '../../test/support/succeeds.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from './fake/start-fake.ts'
import { adapter } from './index.ts'

const SIZE = { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 }
const PLAN = { ...SIZE, logins: 'provider' }

describe("ovhcloud, logins by OVHcloud's API", () => {
  let fake: FakeOvhcloud
  let driver: Driver
  let engine: Engine
  const login = freshLogin()

  before(async function () {
    this.timeout(60_000)
    fake = await startFakeOvhcloud()
    const found = adapter.open(fake.settings).drivers['postgresql']
    if (!found) throw new Error('no driver')
    driver = found
  })
  after(() => fake.stop())
  beforeEach(async () => {
    await fake.reset()
    await fake.setScene({ plainAdmin: true })
    engine = begin(PLAN)
  })

  function callAt(now = new Date(), attempt = 1): Call {
    const { signal } = new AbortController()
    return { signal, now, attempt, ...realPorts(signal), note: () => undefined }
  }

  function begin(plan: JsonObject): Engine {
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

  it('needs no right of the administrator, where SQL needs one', async () => {
    await engine.create()
    const credentials = await engine.bind(login)
    expect(await runs(credentials, 'CREATE TABLE notes (n integer)')).to.equal(true)
    const refused = await failure(begin(SIZE).create())
    expect(refused.message).to.contain('CREATEDB')
  })

  it('makes one database, although it is not shown at once and the answer says that it failed', async () => {
    await fake.setScene({ plainAdmin: true, hiddenDatabases: 3, failedPosts: 3 })
    await engine.create()
    const { databases } = await fake.state()
    expect(databases).to.deep.equal([engine.book.order.name])
  })

  it('takes no limit of connections, which nobody would keep', () => {
    const told = (plan: JsonObject) => compileSchema(driver.planSchema)(plan).map(({ text }) => text)
    expect(told({ ...PLAN, connectionLimit: 5 })).to.deep.equal([
      'must not have connectionLimit with logins: provider, whose users have no limit'
    ])
    for (const plan of [
      PLAN,
      { ...SIZE, connectionLimit: 5 },
      { ...SIZE, logins: 'sql', connectionLimit: 5 }
    ]) {
      expect(told(plan)).to.deep.equal([])
    }
  })

  it('makes one user with one password that works, when the answers are lost', async () => {
    await engine.create()
    await fake.setScene({ plainAdmin: true, failedPosts: 2 })
    const credentials = await engine.bind(login)
    expect(await runs(credentials, 'SELECT 1')).to.equal(true)
    expect((await fake.state()).roles.filter((name) => name === login.name)).to.have.length(1)
  })

  it('makes no login that may only read, names the field, and says so before', async () => {
    expect(driver.bindChoices?.(PLAN)).to.deep.equal({ access: ['read-write'] })
    expect(driver.bindChoices?.(SIZE)).to.deep.equal({})
    await engine.create()
    const refused = await failure(engine.bind(login, { access: 'read-only' }))
    expect(refused).to.include({ kind: 'invalid' })
    expect(refused.message).to.match(/^access: /)
    expect((await fake.state()).roles).not.to.include(login.name)
  })

  it('keeps what a binding made, and locks out the user who cannot be removed for it', async () => {
    await engine.create()
    const credentials = await engine.bind(login)
    await runs(credentials, 'CREATE TABLE notes (n integer)')
    await engine.unbind(login)
    expect(await runs(credentials, 'SELECT 1')).to.equal(false)
    expect((await fake.state()).roles).to.include(login.name)
    await engine.unbind(login)
    await engine.remove()
    expect((await fake.state()).roles).to.deep.equal([])
  })

  it('removes the user of a binding that made nothing, also when no grant was kept', async () => {
    await engine.create()
    const credentials = await engine.bind(login)
    engine.book.grants.clear()
    await engine.unbind(login)
    expect(await runs(credentials, 'SELECT 1')).to.equal(false)
    expect((await fake.state()).roles).not.to.include(login.name)
  })

  it('are told by the doctor to be needed, with the line to write, and to be right where they are', async () => {
    await engine.create()
    const { logins: _logins, ...bySql } = engine.book.handle ?? { v: 1 }
    const [needed] = (await driver.inspect?.({ ...bySql, v: 1 }, callAt())) ?? []
    expect(needed).to.include({ level: 'refused' })
    expect(needed?.text).to.contain('lacks CREATEROLE and CREATEDB')
    expect(needed?.remedy).to.contain('`logins: provider`').and.contain('`isolation: dedicated`')
    const right = await driver.inspect?.({ ...engine.book.handle, v: 1 }, callAt())
    expect(right?.map(({ level }) => level)).to.deep.equal(['ok'])
  })

  it('does not change who makes the logins', async () => {
    await engine.create()
    const refused = await failure(engine.update({ ...engine.book.order, plan: SIZE }))
    expect(refused).to.include({ kind: 'invalid' })
    expect(refused.message).to.contain('logins')
    await engine.update({ ...engine.book.order, plan: { ...PLAN, diskGb: 90 } })
  })
})

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

async function failure(promise: Promise<unknown>): Promise<ProviderFailure> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ProviderFailure) return error
    throw error
  }
  throw new Error('it did not fail')
}
