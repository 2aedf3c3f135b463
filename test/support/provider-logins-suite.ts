import { expect } from 'chai'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Handle, Login } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { compileSchema } from '../../src/registry/schema-check.ts'
import { freshLogin } from '../conformance/fresh.ts'
import type { Engine } from '../conformance/run.ts'
import { type Bench, type BenchFake, callAt, handleOf } from './driver-bench.ts'
import { failureOf } from './failures.ts'
import type { Faults } from './fake/faults.ts'
import { runs } from './succeeds.ts'

/** A fake whose administrators may be such as may not make logins. */
export interface PlainFake extends BenchFake {
  setScene(scene: Partial<Faults & { plainAdmin: boolean }>): Promise<void>
}

/** In the words of one provider. */
export interface ProviderLogins {
  /** A plan of PostgreSQL whose logins are made by SQL, and what a larger one has instead. */
  readonly size: JsonObject
  readonly larger: JsonObject
  /** The right that a create by SQL misses first. */
  readonly missed: string
  /** All rights that `portolan doctor` finds lacking. */
  readonly lacking: string
}

/** For sentences that only one provider has. */
export interface ByProvider {
  readonly login: Login
  /** Of an order whose plan says that the provider makes the logins; its administrator may make none. */
  readonly engine: () => Engine
}

/** Of every adapter with plans of PostgreSQL whose logins the provider's API makes. */
export function makesLoginsByApi(
  bench: Bench<PlainFake>,
  { size, larger, missed, lacking }: ProviderLogins
): ByProvider {
  const plan = { ...size, logins: 'provider' }
  const login = freshLogin()
  const begin = (wanted: JsonObject) => bench.begin({ service: 'postgresql', plan: wanted })
  let engine: Engine

  beforeEach(async () => {
    await bench.fake.setScene({ plainAdmin: true })
    engine = begin(plan)
  })

  it('says which plans they are of', () => {
    const driver = bench.driver('postgresql')
    expect(driver.makesLogins?.(plan)).to.equal(true)
    expect(driver.makesLogins?.({ ...size, logins: 'sql' })).to.equal(false)
    expect(driver.makesLogins?.(size)).to.equal(false)
  })

  it('takes no limit of connections, which nobody would keep', () => {
    const { planSchema } = bench.driver('postgresql')
    const told = (wanted: JsonObject) => compileSchema(planSchema)(wanted).map(({ text }) => text)
    expect(told({ ...plan, connectionLimit: 5 })).to.deep.equal([
      'must not have connectionLimit with logins: provider, whose users have no limit'
    ])
    for (const right of [
      plan,
      { ...size, connectionLimit: 5 },
      { ...size, logins: 'sql', connectionLimit: 5 }
    ]) {
      expect(told(right)).to.deep.equal([])
    }
  })

  it('needs no right of the administrator, where SQL needs one', async () => {
    await engine.create()
    const credentials = await engine.bind(login)
    expect(await runs(credentials, 'CREATE TABLE notes (n integer)')).to.equal(true)
    const refused = await failureOf(begin(size).create())
    expect(refused.message).to.contain(missed)
  })

  it('keeps what a binding made, and locks out the user who cannot be removed for it', async () => {
    await engine.create()
    const credentials = await engine.bind(login)
    await runs(credentials, 'CREATE TABLE notes (n integer)')
    await engine.unbind(login)
    expect(await runs(credentials, 'SELECT 1')).to.equal(false)
    expect((await bench.fake.state()).roles).to.include(login.name)
    const access = (await engine.access()) as PostgresqlAccess
    await callAt().postgresql(access, (session) => session.query("SELECT 'public.notes'::regclass"))
    await engine.unbind(login)
    await engine.remove()
    expect((await bench.fake.state()).roles).to.deep.equal([])
  })

  it('removes the user of a binding that made nothing, also when no grant was kept', async () => {
    await engine.create()
    for (const isKept of [true, false]) {
      const credentials = await engine.bind(login)
      if (!isKept) engine.book.grants.clear()
      await engine.unbind(login)
      expect(await runs(credentials, 'SELECT 1')).to.equal(false)
      expect((await bench.fake.state()).roles).not.to.include(login.name)
    }
  })

  it('are told by the doctor to be needed, with the line to write, and to be right where they are', async () => {
    const found = async (handle: Handle) => bench.driver('postgresql').inspect?.(handle, callAt())
    await engine.create()
    const { logins: _logins, ...bySql } = handleOf(engine)
    const [needed, ...more] = (await found({ ...bySql, v: 1 })) ?? []
    expect(more).to.deep.equal([])
    expect(needed).to.include({ level: 'refused' })
    expect(needed?.text).to.contain(`lacks ${lacking}`)
    expect(needed?.remedy).to.contain('`logins: provider`').and.contain('`isolation: dedicated`')
    expect((await found(handleOf(engine)))?.map(({ level }) => level)).to.deep.equal(['ok'])
    await bench.fake.setScene({})
    const able = begin(size)
    await able.create()
    expect((await found(handleOf(able)))?.map(({ level }) => level)).to.deep.equal(['ok'])
  })

  it('does not change who makes the logins', async () => {
    await engine.create()
    const refused = await failureOf(engine.update({ ...engine.book.order, plan: size }), 'invalid')
    expect(refused.message).to.contain('logins')
    await engine.update({ ...engine.book.order, plan: { ...plan, ...larger } })
  })

  return { login, engine: () => engine }
}
