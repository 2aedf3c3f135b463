import { expect } from 'chai'
import type { Access, RedisAccess } from '../../src/contract/access.ts'
import type { Handle } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { freshLogin } from '../conformance/fresh.ts'
import type { Engine } from '../conformance/run.ts'
import { adoptAnew, listed } from './adopt-anew.ts'
import { type Bench, type BenchFake, callAt } from './driver-bench.ts'
import { failureOf } from './failures.ts'
import { runs } from './succeeds.ts'

/** In the words of one provider. */
export interface Adoption {
  /** Plans. */
  readonly postgresql: JsonObject
  readonly redis: JsonObject
  /** The one server of PostgreSQL that stands there. */
  readonly standing: () => Promise<{ readonly id: string; readonly rules: readonly string[] } | undefined>
  readonly locked: string
  /** Of what stands by `postgresql` or `redis`: another plan, and what differs. */
  readonly others: readonly Other[]
  readonly ready: string
}

interface Other {
  readonly service: 'postgresql' | 'redis'
  readonly says: JsonObject
  readonly differences: readonly string[]
}

/** Of every adapter whose drivers take over what stands at the provider and in no book. */
export function takesOver(bench: Bench<BenchFake>, provider: Adoption): void {
  const beginPostgresql = (plan = provider.postgresql) => bench.begin({ service: 'postgresql', plan })

  function adopt({ book, driver }: Engine, order = book.order): Promise<readonly Handle[]> {
    return adoptAnew({ driver: driver(), callAt, advance: (seconds) => bench.fake.advance(seconds) }, order)
  }

  it('has a new password for its owner, all its data, and bindings that log in', async () => {
    const engine = beginPostgresql()
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
    expect((await bench.fake.state()).databases).to.deep.equal([])
  })

  it('may be a Redis, whose administrator gets a new password', async () => {
    const engine = bench.begin({ service: 'redis', plan: provider.redis })
    await engine.create()
    const old = passwordOf(await engine.access())
    engine.book.handle = (await adopt(engine)).at(-1) as Handle
    const access = (await engine.access()) as RedisAccess
    expect(access.password).not.to.equal(old)
    await callAt().redis(access, (session) => session.command('PING'))
  })

  it('lets in the networks of the order, and nobody else', async () => {
    const engine = beginPostgresql()
    await engine.create()
    await adopt(engine, { ...engine.book.order, allowFrom: ['192.0.2.0/24'] })
    expect((await provider.standing())?.rules).to.deep.equal(['192.0.2.0/24'])
  })

  it('is one where the plan says who makes its logins', async () => {
    const engine = beginPostgresql({ ...provider.postgresql, logins: 'provider' })
    await engine.create()
    engine.book.handle = (await adopt(engine)).at(-1) as Handle
    expect(engine.book.handle['logins']).to.equal('provider')
    expect(await runs(await engine.bind(freshLogin()), 'CREATE TABLE t (n integer)')).to.equal(true)
  })

  it('is nothing that is broken, gone, or not marked as ours', async () => {
    const engine = beginPostgresql()
    await engine.create()
    const { order, handle } = engine.book
    const id = (await provider.standing())?.id ?? ''
    const driver = bench.driver('postgresql')
    const refusal = async (soFar: Handle | undefined) =>
      (await failureOf(driver.adopt?.(order, soFar, callAt()))).kind
    expect(await refusal(undefined)).to.equal('invalid')
    await bench.fake.setStatus(id, provider.locked)
    expect(await refusal(handle)).to.equal('conflict')
    await bench.fake.setStatus(id, provider.ready)
    expect(await refusal({ ...handle, v: 1, resource: 'another' })).to.equal('conflict')
    await bench.fake.reset()
    expect(await refusal(handle)).to.equal('not-found')
  })

  it('is nothing that another plan says, and as such is told by all that differs', async () => {
    for (const service of ['postgresql', 'redis'] as const) {
      const engine = bench.begin({ service, plan: provider[service], bare: true })
      await engine.create()
      const { order } = engine.book
      const driver = bench.driver(service)
      const handle = await listed(driver, order, callAt())
      const told = async (says: JsonObject) =>
        driver.differences?.(handle, { ...provider[service], ...says }, callAt())
      expect(await told({})).to.deep.equal([])
      for (const other of provider.others.filter((each) => each.service === service))
        expect(await told(other.says)).to.deep.equal(other.differences)
      await bench.fake.reset()
      expect(await told({}), 'of what is gone').to.deep.equal([])
    }
  })

  it('is the same after any step was lost', async () => {
    const engine = beginPostgresql()
    await engine.create()
    const driver = bench.driver('postgresql')
    const stranger = { ...engine.book.order, secret: (label: string) => `another-${label}-of-43-characters` }
    const steps = await adopt(engine)
    for (const handle of steps.slice(0, -1)) {
      let sighting = await driver.adopt?.(stranger, handle, callAt())
      for (let step = 0; sighting?.state === 'pending' && step < 20; step++) {
        await bench.fake.advance(200)
        const later = callAt(new Date(Date.now() + step * 200_000))
        sighting = await driver.adopt?.(stranger, sighting.handle, later)
      }
      if (sighting?.state !== 'ready') throw new Error(`it is ${sighting?.state}`)
      engine.book.handle = sighting.handle
      await engine.prepare()
    }
  })
}

function passwordOf(access: Access): string {
  return 'password' in access ? access.password : ''
}
