import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Switch } from '../../src/domain/switch.ts'
import { DAY, HOUR, MINUTE } from '../support/clock.ts'
import type { Thing } from '../support/cloud.ts'
import { type Core, callerOf, LEASE_MS, until } from '../support/core.ts'
import {
  bind,
  deprovision,
  fetchBinding,
  fetchInstance,
  poll,
  provision,
  unbind,
  update
} from '../support/requests.ts'
import { expectRefused, hold, onEveryDatabase } from '../support/suite.ts'

const ACCEPTED = { switch: { accept: ['loses-certification:c5'] } }

onEveryDatabase('A switch of provider', (bench) => {
  const resources = (core: Core, id: string) =>
    core.store.database.read(async (session) => {
      const instance = await core.store.instances.find(session, 'cf', id)
      return instance ? core.store.resources.ofInstance(session, instance.id) : []
    })
  const thingsOf = async (core: Core, id: string): Promise<(Thing | undefined)[]> =>
    (await resources(core, id)).map(({ name }) => core.cloud.things.get(name))
  const switchOf = async (core: Core, id: string): Promise<Switch> => {
    const found = await core.store.database.read(async (session) => {
      const instance = await core.store.instances.find(session, 'cf', id)
      return core.store.switches.list(session, { instance: instance?.id ?? '', limit: 1 })
    })
    if (!found[0]) throw new Error('there is no switch')
    return found[0]
  }
  const loginOf = async (core: Core, id: string, binding: string): Promise<string> =>
    ((await fetchBinding(core, id, binding)).body['credentials'] as { username: string }).username

  /** An instance with one binding that has written two rows. */
  async function lived(core: Core, id: string): Promise<string> {
    await provision(core, id, 'quick')
    await bind(core, id, 'b', 'quick')
    const login = await loginOf(core, id, 'b')
    core.cloud.write(login, 'one')
    core.cloud.write(login, 'two')
    return login
  }

  const abroad = (more: object = {}) => ({
    plan_id: 'plan-abroad',
    parameters: { switch: { ...ACCEPTED.switch, ...more } }
  })

  it('SW-06 moves what was written, its logins and its pointer, and keeps the source closed', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    const asked = await update(core, id, abroad())
    expect(asked.status).to.equal(202)
    await core.settle()

    expect((await poll(core, id)).body).to.include({ state: 'succeeded' })
    expect((await fetchInstance(core, id)).body).to.deep.include({ plan_id: 'plan-abroad', parameters: {} })
    const [source, target] = await thingsOf(core, id)
    expect(target?.rows).to.deep.equal(['one', 'two'])
    expect([...(target?.logins.keys() ?? [])]).to.deep.equal([login])
    expect(source).to.include({ frozen: true })
    expect([...(source?.logins.keys() ?? [])]).to.deep.equal([`retired ${login}`])
    expect([source?.steps.size, target?.steps.size]).to.deep.equal([0, 0])
    expect((await resources(core, id)).map(({ state }) => state)).to.deep.equal(['retained', 'active'])
    const { body } = await fetchBinding(core, id, 'b')
    expect(body['credentials']).to.deep.include({ box: target?.name, username: login })
    expect(body['metadata']).to.have.property('renew_before')
    expect(await switchOf(core, id)).to.deep.include({
      state: 'completed',
      from: { provider: 'north', plan: 'quick', region: 'harbour' }
    })
  })

  it('tells every state with its time, and each is a row of the audit', async () => {
    const { core, id } = bench
    await lived(core, id)
    await update(core, id, abroad())
    await core.settle()
    const { timeline, figures, retrievalUntil } = await switchOf(core, id)
    expect(timeline.map(({ state }) => state)).to.deep.equal([
      'precheck',
      'provision',
      'ready',
      'freeze',
      'copy',
      'verify',
      'cut-over',
      'completed'
    ])
    expect(figures).to.include({ rows: 2, objects: 1 }).and.to.have.property('freezeMs')
    expect(retrievalUntil).to.be.greaterThan(core.clock.now() + 29 * DAY)
    const rows = await core.store.database.read((session) =>
      core.store.audit.list(session, { subject: [`instance ${id}`], limit: 50 })
    )
    const actions = rows.map(({ action }) => action)
    expect(actions).to.include.members(['switch', 'switch: freeze → copy', 'switch: cut-over → completed'])
  })

  it('the same PATCH while it runs is the same operation, any other change is refused', async () => {
    const { core, id } = bench
    await lived(core, id)
    const held = hold(core, 'copy')
    const first = await update(core, id, abroad())
    await held.reached
    expect((await update(core, id, abroad())).body).to.deep.equal(first.body)
    for (const ask of [
      () => update(core, id, { plan_id: 'plan-quick-large' }),
      () => update(core, id, { parameters: { size: 2 } }),
      () => deprovision(core, id, 'quick'),
      () => bind(core, id, 'late', 'quick'),
      () => unbind(core, id, 'b', 'quick')
    ])
      await expectRefused(core, 422, ask, 'ConcurrencyError')
    expect((await fetchInstance(core, id)).body['plan_id']).to.equal('plan-quick')
    held.release()
    await core.settle()
    expect((await fetchInstance(core, id)).body['plan_id']).to.equal('plan-abroad')
  })

  it('SW-09 binds and unbinds until the freeze, and the logins made meanwhile exist on the target', async () => {
    const { core, id } = bench
    await lived(core, id)
    await bind(core, id, 'gone', 'quick')
    const held = hold(core, 'prepare')
    await update(core, id, abroad())
    await held.reached
    expect((await bind(core, id, 'late', 'quick')).status).to.equal(201)
    expect((await unbind(core, id, 'gone', 'quick')).status).to.equal(200)
    held.release()
    await core.settle()
    const [, target] = await thingsOf(core, id)
    expect([...(target?.logins.keys() ?? [])]).to.have.members([
      await loginOf(core, id, 'b'),
      await loginOf(core, id, 'late')
    ])
  })

  it('SW-06 goes back when the copy is different: the source is writable, the reason names the object', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    const target = () => [...core.cloud.things.values()].at(-1)
    core.cloud.script = (method, when) => {
      if (method === 'copy' && when === 'after') target()?.rows.pop()
    }
    await update(core, id, abroad())
    await core.settle()
    const told = await poll(core, id)
    expect(told.body).to.include({ state: 'failed', instance_usable: true, update_repeatable: true })
    expect(told.body['description']).to.contain('box (source: 2 rows; target: 1 rows)')
    expect(core.cloud.write(login, 'three')).to.equal(true)
    expect((await fetchInstance(core, id)).body['plan_id']).to.equal('plan-quick')
    expect((await resources(core, id)).map(({ state }) => state)).to.deep.equal(['active', 'gone'])
    expect(await switchOf(core, id)).to.include({ state: 'rolled back' })
    const [source] = await thingsOf(core, id)
    expect(source?.steps.size).to.equal(0)
  })

  it('does not destroy a target that is in use, though its books, an old backup, take it for unfinished', async () => {
    const { core, id } = bench
    await lived(core, id)
    const target = () => [...core.cloud.things.values()].at(-1)
    core.cloud.script = (method, when) => {
      const thing = target()
      if (method === 'begin' && when === 'before' && thing) {
        thing.inUse = true
        thing.rows.push('written after the cut-over')
      }
    }
    await update(core, id, abroad())
    await until(async () => (await poll(core, id)).body['state'] === 'failed')
    await until(async () => {
      const open = await core.store.database.read((session) =>
        core.store.operations.list(session, { kind: 'clean-up', limit: 1 })
      )
      return open[0]?.description?.includes('is in use') === true
    })
    expect(target()?.rows).to.deep.equal(['written after the cut-over'])
    expect((await resources(core, id)).map(({ state }) => state)).to.deep.equal(['active', 'target'])
    // The core is shared with other tests.
    delete target()?.inUse
    core.cloud.script = () => {}
    core.clock.advance(HOUR)
    await core.settle()
  })

  for (const [what, failing] of [
    ['the source cannot be frozen', 'freeze'],
    ['the target is lost while it is filled', 'copy']
  ] as const)
    it(`SW-06 opens the source again within minutes when ${what}, however much time the switch has`, async () => {
      const { core, id } = bench
      const login = await lived(core, id)
      let isLost = false
      core.cloud.script = (method, when) => {
        if (when !== 'before') return
        if (method === failing) isLost = true
        const isFailing = method === failing || (method === 'begin' && failing === 'copy')
        if (isLost && isFailing) throw new ProviderFailure('unavailable', 'it does not answer')
      }
      await update(core, id, abroad({ within: 'PT24H' }))
      const begun = core.clock.now()
      await core.settle()
      expect(core.clock.now() - begun).to.be.lessThan(10 * 60_000)
      const told = await poll(core, id)
      expect(told.body).to.include({ state: 'failed', instance_usable: true })
      expect(told.body['description']).to.contain('it does not answer')
      expect(core.cloud.write(login, 'three')).to.equal(true)
    })

  it('does not keep the store waiting at the cut-over for a source that has fallen silent', async () => {
    const { core, id } = bench
    await lived(core, id)
    let [checks, isSilent] = [0, false]
    core.cloud.script = (method, when) => {
      if (method !== 'check' || when !== 'before') return
      checks += 1
      // The first is before the transaction, the second within.
      if (checks !== 2) return
      isSilent = true
      return new Promise<void>(() => undefined)
    }
    await update(core, id, abroad())
    await until(() => isSilent)
    await until(async () => (await poll(core, id)).body['state'] === 'in progress', 20_000)
    await core.settle()
    expect((await poll(core, id)).body['state']).to.equal('succeeded')
    expect((await switchOf(core, id)).timeline.filter(({ state }) => state === 'freeze')).to.have.length(2)
  })

  it('goes back at once when the copying fails by itself, and says where it was', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    core.cloud.script = (method, when) => {
      if (method === 'copy' && when === 'after')
        throw new ProviderFailure('unexpected', 'the box could not be copied')
    }
    await update(core, id, abroad())
    await core.settle()
    expect((await poll(core, id)).body).to.include({
      state: 'failed',
      description: 'the copying failed: the box could not be copied'
    })
    const { timeline } = await switchOf(core, id)
    expect(timeline.filter(({ state }) => state === 'freeze')).to.have.lengthOf(1)
    expect(core.cloud.write(login, 'three')).to.equal(true)
  })

  it('freezes again when the copying was out of reach, at most three times, and says what was heard last', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    core.cloud.script = (method, when) => {
      if (method === 'copy' && when === 'before')
        throw new ProviderFailure('unavailable', 'the target is away')
    }
    await update(core, id, abroad())
    await core.settle()
    expect((await poll(core, id)).body['description'])
      .to.contain('interrupted 3 times')
      .and.contain('the target is away')
    expect(core.cloud.write(login, 'three')).to.equal(true)
  })

  it('opens the source again however long its provider is away, at a pause and not at once when its time is over', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    const begun = core.clock.now()
    const tries: number[] = []
    core.cloud.script = (method, when) => {
      if (when !== 'before') return
      if (method === 'copy') throw new ProviderFailure('denied', 'no right to copy')
      if (method !== 'thaw') return
      tries.push(core.clock.now())
      if (core.clock.now() < begun + 10 * MINUTE)
        throw new ProviderFailure('unavailable', 'it is away', { retryAfterSeconds: 120 })
    }
    await update(core, id, abroad({ within: 'PT2M' }))
    await until(async () => {
      if (core.engine.running() === 0) core.clock.advance(LEASE_MS / 6)
      core.engine.wake()
      return (await poll(core, id)).body['state'] === 'failed'
    }, 15_000)
    core.cloud.script = () => {}
    await core.settle()

    expect(core.cloud.write(login, 'three')).to.equal(true)
    const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0))
    expect(tries.at(-1)).to.be.at.least(begun + 10 * MINUTE)
    expect(pauses.filter((pause) => pause < 120_000)).to.deep.equal([])
  })

  it('SW-22 goes back when it could not be verified', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    core.cloud.script = (method, when) => {
      if (method === 'verify' && when === 'before')
        throw new ProviderFailure('denied', 'no permission to look')
    }
    await update(core, id, abroad())
    await core.settle()
    expect((await poll(core, id)).body).to.include({ state: 'failed', description: 'no permission to look' })
    expect(core.cloud.write(login, 'three')).to.equal(true)
  })

  it('SW-04 does not begin when the pre-check finds what blocks it, and says what by name', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    core.cloud.findings = [
      {
        id: 'force-row-level-security',
        level: 'blocking',
        subject: 'table a.b',
        text: 'Rows would be hidden.'
      }
    ]
    await update(core, id, abroad())
    await core.settle()
    core.cloud.findings = []
    const told = await poll(core, id)
    expect(told.body['description']).to.contain('force-row-level-security (table a.b): Rows would be hidden.')
    const record = await switchOf(core, id)
    expect(record).to.include({ state: 'blocked' })
    expect(record?.examination?.findings.map(({ subject }) => subject)).to.deep.equal(['table a.b'])
    expect(core.cloud.write(login, 'three')).to.equal(true)
    expect((await resources(core, id)).map(({ state }) => state)).to.deep.equal(['active', 'gone'])
  })

  it('SW-20 a target that loses a certification needs its id in accept, and a policy can forbid it', async () => {
    const { core, id } = bench
    await lived(core, id)
    const refused = await expectRefused(core, 422, () => update(core, id, { plan_id: 'plan-abroad' }))
    expect(refused.description).to.contain('loses-certification:c5')
    const strict = { caller: callerOf({ forbids: ['loses-certification'] }) }
    const forbidden = await expectRefused(core, 422, () => update(core, id, abroad(), strict))
    expect(forbidden.description).to.contain('forbids')
  })

  it('a manual switch waits for go, and fails cleanly when nobody says go within its time', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    await update(core, id, abroad({ cutover: 'manual', within: 'PT2H' }))
    await until(async () => String((await poll(core, id)).body['description']).includes('waiting for go'))
    expect(await switchOf(core, id)).to.include({ state: 'ready' })
    expect(core.cloud.write(login, 'three')).to.equal(true)
    core.clock.advance(2 * HOUR + 1)
    await core.settle()
    expect((await poll(core, id)).body).to.include({ state: 'failed', instance_usable: true })
    expect((await resources(core, id)).map(({ state }) => state)).to.deep.equal(['active', 'gone'])
  })

  it('is cancelled while it copies, and the source is writable again', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    const held = hold(core, 'copy')
    const { body } = await update(core, id, abroad())
    await held.reached
    await core.store.database.write((session) =>
      core.store.operations.cancel(session, String(body['operation']), 'by operator')
    )
    held.release()
    await core.settle()
    expect(await switchOf(core, id)).to.include({ state: 'cancelled' })
    expect(core.cloud.write(login, 'three')).to.equal(true)
  })

  it('needs accepts_incomplete, also where the plan is synchronous', async () => {
    const { core, id } = bench
    await lived(core, id)
    await expectRefused(core, 422, () => update(core, id, abroad(), { ai: false }), 'AsyncRequired')
  })

  it('a change of region is a switch, a change of size is none', async () => {
    const { core, id } = bench
    await lived(core, id)
    await update(core, id, { parameters: { region: 'hill' } })
    await core.settle()
    expect((await fetchInstance(core, id)).body).to.deep.include({
      plan_id: 'plan-quick',
      parameters: { region: 'hill' }
    })
    const [, target] = await thingsOf(core, id)
    expect(target?.rows).to.deep.equal(['one', 'two'])
    const before = (await resources(core, id)).length
    expect((await update(core, id, { plan_id: 'plan-quick-large' })).status).to.equal(200)
    expect((await resources(core, id)).length).to.equal(before)
  })

  it('SW-10 keeps the source for the retention; SW-11 erases it then, with proof and receipt', async () => {
    const { core, id } = bench
    await lived(core, id)
    await update(core, id, abroad())
    await core.settle()
    core.clock.advance(29 * DAY)
    await core.sweep()
    await core.settle()
    expect((await resources(core, id)).map(({ state }) => state)).to.deep.equal(['retained', 'active'])
    core.clock.advance(DAY)
    await core.sweep()
    await core.settle()
    expect((await resources(core, id)).map(({ state }) => state)).to.deep.equal(['gone', 'active'])
    const [source, target] = await thingsOf(core, id)
    expect(source).to.equal(undefined)
    expect(target?.rows).to.deep.equal(['one', 'two'])
    const { erasure, receipt, erasureReceipt } = await switchOf(core, id)
    expect(erasure).to.include({ orderedBy: 'retention' })
    expect(erasure?.proof).to.include('there is no such box')
    expect([receipt, erasureReceipt].every((each) => each !== undefined)).to.equal(true)
  })

  it('SW-12 comes back to the first provider as a new switch, with what was written meanwhile', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    await update(core, id, abroad())
    await core.settle()
    core.cloud.write(login, 'three')
    await update(core, id, { plan_id: 'plan-quick' })
    await core.settle()
    const [first, second, third] = await thingsOf(core, id)
    expect([first?.rows, second?.rows, third?.rows].map((rows) => rows?.length)).to.deep.equal([2, 3, 3])
    expect((await resources(core, id)).map(({ state }) => state)).to.deep.equal([
      'retained',
      'retained',
      'active'
    ])
    expect(core.cloud.write(login, 'four')).to.equal(true)
  })

  it('a deprovision also erases what switches left', async () => {
    const { core, id } = bench
    await lived(core, id)
    await update(core, id, abroad())
    await core.settle()
    await unbind(core, id, 'b', 'abroad')
    await deprovision(core, id, 'abroad')
    await core.settle()
    expect((await thingsOf(core, id)).filter(Boolean)).to.deep.equal([])
    expect((await resources(core, id)).map(({ state }) => state)).to.deep.equal(['gone', 'gone'])
  })

  it('a login whose name is taken at the target gets another one, and the binding tells it', async () => {
    const { core, id } = bench
    const login = await lived(core, id)
    core.cloud.script = (method, when, _call, subject) => {
      if (method === 'bind' && when === 'before' && subject === login)
        throw new ProviderFailure('conflict', 'taken')
    }
    await update(core, id, abroad())
    await core.settle()
    const now = await loginOf(core, id, 'b')
    expect(now)
      .to.match(/^b[a-z2-7]{20}$/)
      .and.not.equal(login)
    expect(core.cloud.write(now, 'three')).to.equal(true)
    core.cloud.script = () => {}
    expect((await unbind(core, id, 'b', 'abroad')).status).to.equal(200)
    expect(core.cloud.write(now, 'four')).to.equal(false)
  })
})
