import { expect } from 'chai'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { callerOf, told } from '../support/core.ts'
import { bindBody, bodyOf, deprovision, poll, provision, unbind } from '../support/requests.ts'
import { expectRefused, onEveryDatabase } from '../support/suite.ts'

const NASTY: readonly Json[] = [
  '\0',
  'a\0b',
  '\uD800',
  '\uDFFF\uD800',
  '\u{1F512}',
  '\u001b[31m',
  '\u007f',
  "'; drop table instances; --",
  '${jndi:x}',
  'x'.repeat(256),
  'x'.repeat(100_000),
  1e308,
  Number.POSITIVE_INFINITY,
  -0,
  2 ** 63,
  null,
  true,
  [],
  {},
  [[[[1]]]],
  { a: '\0' },
  JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{}}}')
]

onEveryDatabase('Bad input', (bench) => {
  const statusOf = async (ask: Promise<{ status: number; body: object }>): Promise<number> =>
    (await told(ask)).status

  it('is never more than a refusal, in whichever field of a provision', async () => {
    const { core, id } = bench
    let count = 0
    for (const field of [
      'service_id',
      'plan_id',
      'organization_guid',
      'space_guid',
      'parameters',
      'context',
      'maintenance_info',
      'x'
    ])
      for (const value of NASTY) {
        const body: JsonObject = { ...bodyOf('quick'), [field]: value }
        const status = await statusOf(core.broker.provision(callerOf(), `${id}-${count++}`, true, body))
        expect(status, `${field} ${JSON.stringify(value).slice(0, 60)}`).to.be.oneOf([201, 400, 422])
      }
  })

  it('is never more than a refusal, in whichever field of an update or a bind', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    let count = 0
    for (const value of NASTY) {
      for (const field of [
        'service_id',
        'plan_id',
        'parameters',
        'context',
        'maintenance_info',
        'previous_values'
      ]) {
        const body: JsonObject = { service_id: 'offering-box', [field]: value }
        expect(await statusOf(core.broker.update(callerOf(), id, true, body)), field).to.be.oneOf([
          200, 400, 422
        ])
      }
      for (const field of [
        'service_id',
        'plan_id',
        'parameters',
        'context',
        'bind_resource',
        'app_guid',
        'predecessor_binding_id'
      ]) {
        const body = bindBody('quick', { [field]: value })
        expect(
          await statusOf(core.broker.bind(callerOf(), id, `b${count++}`, true, body)),
          field
        ).to.be.oneOf([201, 400])
      }
      for (const field of ['app_guid', 'route']) {
        const body = bindBody('quick', { bind_resource: { [field]: value } })
        expect(
          await statusOf(core.broker.bind(callerOf(), id, `b${count++}`, true, body)),
          field
        ).to.be.oneOf([201, 400])
      }
    }
  })

  it('is never more than a refusal in a query', async () => {
    const { core, id } = bench
    await provision(core, id, 'quick')
    for (const value of NASTY) {
      if (typeof value !== 'string') continue
      expect((await poll(core, id, { operation: value })).status).to.equal(200)
      const query = { serviceId: value, planId: value }
      await expectRefused(core, 400, () => deprovision(core, id, 'quick', { query }))
      expect((await unbind(core, id, 'b', 'quick', { query })).status).to.equal(410)
    }
  })

  it('in parameters comes back as it was sent', async () => {
    const { core, id } = bench
    const secret = 'ü\0\u{1F512}"\\ %s'
    await provision(core, id, 'quick', {
      body: { parameters: { secret, region: 'harbour' }, context: { a: '\0' } }
    })
    const stored = await core.store.database.read((session) => core.store.instances.find(session, 'cf', id))
    expect(stored?.parameters).to.deep.equal({ secret, region: 'harbour' })
    expect(stored?.context).to.deep.equal({ a: '\0' })
  })

  it('is not repeated in a refusal, and no secret is in any table, log line or refusal in clear', async () => {
    const { core, id } = bench
    const secret = 'correct-horse-battery-staple'
    const { description } = await provision(core, id, 'quick', { body: { parameters: { size: secret } } })
    expect(description).to.not.contain(secret)
    await provision(core, id, 'quick', { body: { parameters: { secret }, context: { secret } } })
    const bound = await told(
      core.broker.bind(callerOf(), id, 'b', true, bindBody('quick', { parameters: { token: secret } }))
    )
    const { password } = bound.body['credentials'] as { password: string }
    const everything = JSON.stringify([await core.tables(), core.logged])
    expect(everything).to.not.contain(secret)
    expect(everything).to.not.contain(password)
  })
})
