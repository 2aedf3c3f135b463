import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { DAY } from '../support/clock.ts'
import { callerOf, type Told, told } from '../support/core.ts'
import { OTHER_SERVICE } from '../support/offers.ts'
import {
  bind,
  bindBody,
  deprovision,
  fetchBinding,
  pollBinding,
  provision,
  rotate,
  unbind,
  update
} from '../support/requests.ts'
import { expectRefused, hold, onEveryDatabase, statusesOf } from '../support/suite.ts'

onEveryDatabase('Bind', (bench) => {
  const ready = async (plan: string): Promise<string> => {
    await provision(bench.core, bench.id, plan)
    await bench.core.settle()
    return bench.id
  }
  const credentials = (answer: Told) => answer.body['credentials'] as { username: string; password: string }
  const disclosures = async () =>
    (
      await bench.core.store.database.read((session) => bench.core.store.audit.list(session, { limit: 1000 }))
    ).filter(({ action, detail }) => action === 'disclose credentials' && detail['instance'] === bench.id)
      .length

  it('B-01 S-03 B-20 answers 201 with credentials that work', async () => {
    const { core } = bench
    const id = await ready('quick')
    const answer = await bind(core, id, 'b', 'quick', { ai: false })
    expect(answer.status).to.equal(201)
    const { username, password } = credentials(answer)
    expect([...core.cloud.things.values()].at(-1)?.logins.get(username)).to.equal(password)
  })

  it('B-02 B-03 LB-01 BF-03 answers 202 with nothing but the operation, and a fetch gives the credentials', async () => {
    const { core } = bench
    const id = await ready('slow')
    const answer = await bind(core, id, 'b', 'slow')
    expect(answer.status).to.equal(202)
    expect(answer.body).to.have.all.keys('operation')
    await core.settle()
    expect((await pollBinding(core, id, 'b')).body).to.deep.equal({ state: 'succeeded' })
    expect(credentials(await fetchBinding(core, id, 'b')).username).to.match(/^b[a-z2-7]{20}$/)
  })

  it('B-04 answers the same PUT while it runs with the same operation', async () => {
    const { core } = bench
    const id = await ready('slow')
    const held = hold(core, 'bind')
    const first = await bind(core, id, 'b', 'slow')
    await held.reached
    for (let time = 0; time < 3; time++)
      expect((await bind(core, id, 'b', 'slow')).body).to.deep.equal(first.body)
    expect((await fetchBinding(core, id, 'b')).status).to.equal(404)
    held.release()
    await core.settle()
  })

  it('B-05 answers the same PUT when done with 200 and the same credentials, each time as a row of the audit', async () => {
    const { core } = bench
    const id = await ready('quick')
    const first = await bind(core, id, 'b', 'quick')
    for (let time = 0; time < 2; time++) {
      const again = await bind(core, id, 'b', 'quick', { ai: time === 0 })
      expect(again.status).to.equal(200)
      expect(again.body).to.deep.equal(first.body)
    }
    await fetchBinding(core, id, 'b')
    expect(await disclosures()).to.equal(4)
  })

  it('B-06 answers 409 when parameters, plan or application differ', async () => {
    const { core } = bench
    const id = await ready('quick')
    await update(core, id, { plan_id: 'plan-quick-large' })
    await bind(core, id, 'b', 'quick', {
      body: { parameters: { access: 'read' }, bind_resource: { app_guid: 'a' } }
    })
    const different: JsonObject[] = [
      { bind_resource: { app_guid: 'a' } },
      { parameters: { access: 'write' }, bind_resource: { app_guid: 'a' } },
      { parameters: { access: 'read' }, bind_resource: { app_guid: 'b' } },
      { parameters: { access: 'read' } },
      { parameters: { access: 'read' }, bind_resource: { app_guid: 'a', route: 'x.test' } },
      { plan_id: 'plan-quick-large', parameters: { access: 'read' }, bind_resource: { app_guid: 'a' } }
    ]
    for (const body of different) await expectRefused(core, 409, () => bind(core, id, 'b', 'quick', { body }))
    const same = { parameters: { access: 'read' }, app_guid: 'a', context: { platform: 'x' } }
    expect((await bind(core, id, 'b', 'quick', { body: same })).status).to.equal(200)
  })

  it('takes an empty or null app_guid for none, as Korifi sends it', async () => {
    const { core } = bench
    const id = await ready('quick')
    await bind(core, id, 'b', 'quick')
    const body = { app_guid: '', bind_resource: { app_guid: '' }, parameters: null, context: null }
    expect((await bind(core, id, 'b', 'quick', { body })).status).to.equal(200)
    expect((await bind(core, id, 'b', 'quick', { body: { bind_resource: null } })).status).to.equal(200)
  })

  it('B-07 B-11 refuses missing and wrong ids and bad parameters with 400', async () => {
    const { core } = bench
    const id = await ready('quick')
    const bodies: JsonObject[] = [
      {},
      { service_id: 'offering-box' },
      { plan_id: 'plan-quick' },
      bindBody('slow'),
      bindBody('quick', { service_id: OTHER_SERVICE }),
      bindBody('quick', { service_id: '' }),
      bindBody('quick', { parameters: [] }),
      bindBody('quick', { parameters: { acess: 'x' } }),
      bindBody('quick', { bind_resource: 'x' }),
      bindBody('quick', { bind_resource: { app_guid: 1 } }),
      bindBody('quick', { predecessor_binding_id: 1 }),
      bindBody('quick', { predecessor_binding_id: '' })
    ]
    for (const body of bodies)
      await expectRefused(core, 400, () => told(core.broker.bind(callerOf(), id, 'b', true, body)))
  })

  it('B-09 S-01 refuses an asynchronous plan without accepts_incomplete', async () => {
    const { core } = bench
    const id = await ready('slow')
    await expectRefused(core, 422, () => bind(core, id, 'b', 'slow', { ai: false }), 'AsyncRequired')
  })

  it('B-12 gives each binding its own login, and revoking one leaves the others', async () => {
    const { core } = bench
    const id = await ready('quick')
    const one = credentials(await bind(core, id, 'b1', 'quick'))
    const two = credentials(await bind(core, id, 'b2', 'quick'))
    expect(one.username).to.not.equal(two.username)
    expect(one.password).to.not.equal(two.password)
    await unbind(core, id, 'b1', 'quick')
    expect([...core.cloud.things.values()].at(-1)?.logins.has(one.username)).to.equal(false)
    expect([...core.cloud.things.values()].at(-1)?.logins.has(two.username)).to.equal(true)
  })

  it('B-13 B-14 tells endpoints, with ports as text, to platforms of 2.15 and later only', async () => {
    const { core } = bench
    const id = await ready('quick')
    await bind(core, id, 'b', 'quick')
    const seen = async (minor: number) =>
      (await fetchBinding(core, id, 'b', { caller: callerOf({}, minor) })).body['endpoints']
    expect(await seen(15)).to.deep.equal([{ host: 'box.test', ports: ['5432'], protocol: 'tcp' }])
    expect(await seen(14)).to.equal(undefined)
  })

  it('B-15 B-16 tells how long a binding lasts, and nothing else, in its metadata', async () => {
    const { core } = bench
    const id = await ready('lasting')
    const { body } = await bind(core, id, 'b', 'lasting')
    const metadata = body['metadata'] as { expires_at: string; renew_before: string }
    expect(metadata).to.have.all.keys('expires_at', 'renew_before')
    for (const each of Object.values(metadata))
      expect(each).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/)
    expect(metadata.renew_before < metadata.expires_at).to.equal(true)
    expect(Date.parse(metadata.expires_at)).to.be.closeTo(core.clock.now() + DAY, 60_000)
  })

  it('B-21 refuses a plan that is not bindable, an unknown, an unready and a failed instance', async () => {
    const { core } = bench
    const id = await ready('closed')
    await expectRefused(core, 400, () => bind(core, id, 'b', 'closed'))
    await expectRefused(core, 404, () => bind(core, 'never', 'b', 'quick'))
    core.cloud.script = (method) => {
      if (method === 'prepare') throw new ProviderFailure('quota', 'full')
    }
    await provision(core, `${id}-failed`, 'slow')
    await core.settle()
    core.cloud.script = () => {}
    await expectRefused(core, 422, () => bind(core, `${id}-failed`, 'b', 'slow'))
  })

  it('B-10 S-04 refuses a bind while its instance is made, changed or removed', async () => {
    const { core, id } = bench
    const busy = () => expectRefused(core, 422, () => bind(core, id, 'b', 'slow'), 'ConcurrencyError')
    for (const [method, ask] of [
      ['create', () => provision(core, id, 'slow')],
      ['update', () => update(core, id, { parameters: { size: 1 } })],
      ['destroy', () => deprovision(core, id, 'slow')]
    ] as const) {
      const held = hold(core, method)
      await ask()
      await held.reached
      await busy()
      held.release()
      await core.settle()
    }
  })

  it('S-06 makes one login of twenty identical requests at once, and writes each disclosure down', async () => {
    const { core } = bench
    const id = await ready('quick')
    const before = core.cloud.logins().length
    const answers = await Promise.all(Array.from({ length: 20 }, () => bind(core, id, 'b', 'quick')))
    expect(core.cloud.logins().length).to.equal(before + 1)
    expect(statusesOf(answers)).to.deep.equal([...Array(19).fill(200), 201])
    expect(new Set(answers.map((each) => JSON.stringify(each.body))).size).to.equal(1)
    expect(await disclosures()).to.equal(20)
  })

  it('makes many bindings of one instance at once', async () => {
    const { core } = bench
    const id = await ready('quick')
    const answers = await Promise.all(Array.from({ length: 15 }, (_, n) => bind(core, id, `b${n}`, 'quick')))
    expect(answers.every(({ status }) => status === 201)).to.equal(true)
    expect(new Set(answers.map((each) => credentials(each).username)).size).to.equal(15)
  })

  it('frees the id of a synchronous bind that failed, and keeps that of an asynchronous one', async () => {
    const { core } = bench
    for (const plan of ['quick', 'slow']) {
      const id = `${bench.id}-${plan}`
      await provision(core, id, plan)
      await core.settle()
      core.cloud.script = (method, when) => {
        if (method === 'bind' && when === 'after') throw new ProviderFailure('quota', 'too many logins')
      }
      const before = core.cloud.logins().length
      const first = await bind(core, id, 'b', plan)
      await core.settle()
      core.cloud.script = () => {}
      expect(core.cloud.logins().length).to.equal(before)
      const again = await bind(core, id, 'b', plan)
      if (plan === 'quick') {
        expect(first).to.include({ status: 400, description: 'too many logins' })
        expect(again.status).to.equal(201)
        continue
      }
      expect(again.status).to.equal(202)
      expect(again.body).to.deep.equal(first.body)
      expect((await pollBinding(core, id, 'b')).body).to.deep.equal({
        state: 'failed',
        description: 'too many logins'
      })
      await unbind(core, id, 'b', plan)
      await core.settle()
      await bind(core, id, 'b', plan)
      await core.settle()
      expect((await fetchBinding(core, id, 'b')).status).to.equal(200)
    }
  })

  it('BF-01 BF-02 BF-04 BF-05 finds a binding under its own instance only, without nulls and secrets', async () => {
    const { core } = bench
    const id = await ready('quick')
    await provision(core, `${id}-other`, 'quick')
    await bind(core, id, 'b', 'quick', {
      body: { parameters: { access: 'read', token: 'never-comes-back' } }
    })
    const { status, body } = await fetchBinding(core, id, 'b')
    expect(status).to.equal(200)
    expect(body['parameters']).to.deep.equal({ access: 'read' })
    expect(JSON.stringify(body)).to.not.match(/null|never-comes-back/)
    for (const [instance, binding] of [
      [`${id}-other`, 'b'],
      [id, 'x'],
      ['never', 'b']
    ] as const)
      expect((await fetchBinding(core, instance, binding)).status).to.equal(404)
  })

  it('R-01 R-02 R-04 rotates: a new login beside the old, with its parameters', async () => {
    const { core } = bench
    const id = await ready('quick')
    const body = { parameters: { access: 'read' }, app_guid: 'app', context: { platform: 'kubernetes' } }
    const old = credentials(await bind(core, id, 'b1', 'quick', { body }))
    const answer = await rotate(core, id, 'b2', { predecessor_binding_id: 'b1' })
    expect(answer.status).to.equal(201)
    const { logins } = [...core.cloud.things.values()].at(-1) ?? { logins: new Map() }
    expect(logins.has(old.username) && logins.has(credentials(answer).username)).to.equal(true)
    expect((await fetchBinding(core, id, 'b2')).body['parameters']).to.deep.equal({ access: 'read' })
    expect((await fetchBinding(core, id, 'b1')).body['metadata']).to.have.all.keys(
      'expires_at',
      'renew_before'
    )
    await unbind(core, id, 'b1', 'quick')
    expect([...logins.keys()]).to.deep.equal([credentials(answer).username])
  })

  it('R-03 R-05 refuses a predecessor that is unknown, deleted or another instance’s, and a plan without rotation', async () => {
    const { core } = bench
    const id = await ready('quick')
    await provision(core, `${id}-other`, 'quick')
    await bind(core, `${id}-other`, 'theirs', 'quick')
    await bind(core, id, 'gone', 'quick')
    await unbind(core, id, 'gone', 'quick')
    for (const predecessor_binding_id of ['never', 'theirs', 'gone', 'b2'])
      await expectRefused(core, 400, () => rotate(core, id, 'b2', { predecessor_binding_id }))
    await provision(core, `${id}-stiff`, 'stiff')
    await bind(core, `${id}-stiff`, 'b1', 'stiff')
    await expectRefused(core, 400, () => rotate(core, `${id}-stiff`, 'b2', { predecessor_binding_id: 'b1' }))
  })

  it('R-06 answers a rotation that is sent again with 200, and another predecessor under its id with 409', async () => {
    const { core } = bench
    const id = await ready('quick')
    await bind(core, id, 'b1', 'quick')
    await bind(core, id, 'b2', 'quick')
    const first = await rotate(core, id, 'b3', { predecessor_binding_id: 'b1' })
    const again = await rotate(core, id, 'b3', bindBody('quick', { predecessor_binding_id: 'b1' }))
    expect(again.status).to.equal(200)
    expect(again.body).to.deep.equal(first.body)
    await expectRefused(core, 409, () => rotate(core, id, 'b3', { predecessor_binding_id: 'b2' }))
    await expectRefused(core, 409, () => bind(core, id, 'b3', 'quick'))
  })
})
