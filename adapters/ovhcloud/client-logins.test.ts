import { expect } from 'chai'
import { failureOf } from '../../test/support/failures.ts'
import { httpCall, NOW } from '../../test/support/http-call.ts'
import { AT, chosen, fixture, ID, made, order, useApplicationKeys } from './fake/wire.ts'
import { READER } from './redis-rights.ts'

const USER = '5c1b0e6e-0000-4000-8000-000000000001'

describe('ovhcloud with application keys, its logins to the byte', () => {
  const { driver, expectCall, expectTime, open, ready } = useApplicationKeys()

  it('gives the administrator a new password, which is shown this once', async () => {
    expectTime()
    ready()
    expectCall('GET', `${AT}/user`, { status: 200, body: fixture('postgresql-users') })
    expectCall('GET', `${AT}/user/${USER}`, { status: 200, body: fixture('postgresql-user') })
    expectCall('POST', `${AT}/user/${USER}/credentials/reset`, {
      status: 200,
      body: fixture('postgresql-user-reset')
    })
    const sighting = await driver()?.create(order, { ...chosen, id: ID }, httpCall())
    expect(sighting).to.deep.include({
      state: 'pending',
      handle: {
        ...chosen,
        id: ID,
        seen: true,
        password: 'AVNS_made-up-for-this-test',
        passwordSince: NOW.toISOString()
      }
    })
  })

  it('makes a user of Valkey with its rights, and commits the password before all else', async () => {
    const at = AT.replace('/postgresql/', '/valkey/')
    const login = { name: 'baaaaaaaaaaaaaaaaaaaa', password: 'of-no-use-here-A1' }
    expectTime()
    expectCall('GET', at, { status: 200, body: fixture('postgresql-get-ready') })
    expectCall('GET', `${at}/user`, { status: 200, body: [] })
    expectCall(
      'POST',
      `${at}/user`,
      { status: 200, body: fixture('valkey-user-create') },
      {
        name: login.name,
        categories: [...READER.categories],
        commands: [...READER.commands],
        keys: ['*'],
        channels: ['*']
      }
    )
    const { redis } = open().drivers
    expect(redis?.bindChoices?.({})).to.deep.equal({ user: ['own'] })
    const bound = await redis?.bind?.(made, login, { access: 'read-only' }, undefined, httpCall())
    const user = '7d2f4a10-0000-4000-8000-000000000002'
    expect(bound?.state).to.equal('pending')
    expect(bound?.grant).to.deep.equal({
      handle: { v: 1, user, password: 'AVNS_made-up-for-this-test' }
    })
  })

  for (const [service, body] of [
    ['postgresql', { name: 'baaaaaaaaaaaaaaaaaaaa', roles: [] }],
    ['mysql', { name: 'baaaaaaaaaaaaaaaaaaaa' }]
  ] as const) {
    it(`makes a user of ${service} with nothing but a name, where the plan says that its API does`, async () => {
      const at = AT.replace('/postgresql/', `/${service}/`)
      const login = { name: body.name, password: 'of-no-use-here-A1' }
      expectTime()
      expectCall('GET', at, { status: 200, body: fixture('postgresql-get-ready') })
      expectCall('GET', `${at}/user`, { status: 200, body: [] })
      expectCall('POST', `${at}/user`, { status: 200, body: fixture('valkey-user-create') }, body)
      const bound = await open().drivers[service]?.bind?.(made, login, {}, undefined, httpCall())
      expect(bound?.grant.handle['password']).to.equal('AVNS_made-up-for-this-test')
    })
  }

  it('makes a database by the API only when none that is listed may be it', async () => {
    const place = { ...made, made: false, logins: 'provider' } as const
    const wanted = { ...order, plan: { ...order.plan, logins: 'provider' } }
    for (const shown of [false, true]) {
      expectTime()
      ready()
      expectCall('GET', `${AT}/database`, { status: 200, body: ['d1'] })
      expectCall(
        'GET',
        `${AT}/database/d1`,
        shown ? { status: 200, body: { id: 'd1', name: 'defaultdb', default: true } } : { status: 404 }
      )
      if (shown) expectCall('POST', `${AT}/database`, { status: 200, body: {} }, { name: order.name })
      const sighting = await driver()?.create(wanted, place, httpCall())
      expect(sighting).to.deep.include({ state: 'pending', note: 'the database is being made' })
    }
  })

  it('does not give the administrator of Valkey away', async () => {
    const login = { name: 'baaaaaaaaaaaaaaaaaaaa', password: 'of-no-use-here-A1' }
    const { redis } = open().drivers
    const told = await failureOf(redis?.bind?.(made, login, { user: 'default' }, undefined, httpCall()))
    expect(told.kind).to.equal('invalid')
  })
})
