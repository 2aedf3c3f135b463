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
import { type FakeScaleway, startFakeScaleway } from './fake/start-fake.ts'
import { adapter } from './index.ts'

const SIZE = { engine: 'PostgreSQL-15', nodeType: 'db-dev-s', volumeType: 'sbs_5k', volumeSizeGb: 10 }
const PLAN = { ...SIZE, logins: 'provider' }

describe("scaleway, logins by Scaleway's API", () => {
  let fake: FakeScaleway
  let driver: Driver
  let engine: Engine
  const login = freshLogin()

  before(async function () {
    this.timeout(60_000)
    fake = await startFakeScaleway()
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
      order: { region: 'fr-par', plan, parameters: {} },
      call: ({ now, attempt }: { now: Date; attempt: number }) => callAt(now, attempt),
      resources: async () => [],
      logins: async () => [],
      tryLogin: async () => false,
      advanceTime: (seconds: number) => fake.advance(seconds)
    }
    return openEngine(harness, openBreaker(harness.call), openWatch(), freshOrder(harness.order, 'broker-1'))
  }

  it('says which plans they are of', () => {
    expect(driver.makesLogins?.(PLAN)).to.equal(true)
    expect(driver.makesLogins?.({ ...SIZE, logins: 'sql' })).to.equal(false)
    expect(driver.makesLogins?.(SIZE)).to.equal(false)
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

  it('needs no right of the login that owns the instance, where SQL needs one', async () => {
    await engine.create()
    const credentials = await engine.bind(login)
    expect(await runs(credentials, 'CREATE TABLE notes (n integer)')).to.equal(true)
    const refused = await failure(begin(SIZE).create())
    expect(refused.message).to.contain('CREATEROLE')
  })

  it('waits for a user who is not known everywhere yet', async () => {
    await engine.create()
    await fake.setScene({ plainAdmin: true, lateUsers: 2, tupleConflicts: 1 })
    expect(await runs(await engine.bind(login), 'SELECT 1')).to.equal(true)
  })

  it('keeps what a binding made, and locks out the user whom Scaleway does not drop for it', async () => {
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

  it('deletes the user of a binding that made nothing', async () => {
    await engine.create()
    await engine.bind(login, { access: 'read-only' })
    await engine.unbind(login)
    expect((await fake.state()).roles).not.to.include(login.name)
  })

  it('takes back a login of which no grant was kept', async () => {
    await engine.create()
    const credentials = await engine.bind(login)
    engine.book.grants.clear()
    await engine.unbind(login)
    expect(await runs(credentials, 'SELECT 1')).to.equal(false)
  })

  it('are told by the doctor to be needed, with the line to write, and to be right where they are', async () => {
    const byName = begin(SIZE)
    await byName.make()
    const findings = async (of: Engine) => driver.inspect?.(of.book.handle ?? { v: 1 }, callAt())
    const [needed, ...more] = (await findings(byName)) ?? []
    expect(more).to.deep.equal([])
    expect(needed).to.include({ level: 'refused' })
    expect(needed?.text).to.contain('lacks CREATEROLE')
    expect(needed?.remedy).to.contain('`logins: provider`').and.contain('`isolation: dedicated`')
    await engine.create()
    expect((await findings(engine))?.map(({ level }) => level)).to.deep.equal(['ok'])
    await fake.setScene({})
    const able = begin(SIZE)
    await able.create()
    expect((await findings(able))?.map(({ level }) => level)).to.deep.equal(['ok'])
  })

  it('does not change who makes the logins', async () => {
    await engine.create()
    const refused = await failure(engine.update({ ...engine.book.order, plan: SIZE }))
    expect(refused).to.include({ kind: 'invalid' })
    expect(refused.message).to.contain('logins')
    await engine.update({ ...engine.book.order, plan: { ...PLAN, volumeSizeGb: 15 } })
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
