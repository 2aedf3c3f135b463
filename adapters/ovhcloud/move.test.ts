import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { AdapterModule, Driver, Login } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Moving } from '../../src/contract/move.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { openBreaker } from '../../test/conformance/breaker.ts'
import { freshLogin, freshOrder } from '../../test/conformance/fresh.ts'
import type { Harness } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { type Engine, openEngine } from '../../test/conformance/run.ts'
import { openWatch } from '../../test/conformance/watch.ts'
import { moveCall } from '../../test/support/moving.ts'
import { boundClient } from '../../test/support/succeeds.ts'
import { type FakeScaleway, startFakeScaleway } from '../scaleway/fake/start-fake.ts'
import { adapter as scaleway } from '../scaleway/index.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from './fake/start-fake.ts'
import { adapter as ovhcloud } from './index.ts'

const CONTENTS = [
  'CREATE SCHEMA shop',
  'CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL)',
  "INSERT INTO shop.orders (what) SELECT 'order ' || n FROM generate_series(1, 500) n",
  'CREATE VIEW shop.few AS SELECT id FROM shop.orders WHERE id < 10',
  "CREATE FUNCTION shop.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'"
]

describe('A database moves between Scaleway and OVHcloud', function () {
  this.timeout(120_000)
  let french: FakeScaleway
  let ovh: FakeOvhcloud
  const { move } = family
  if (!move) throw new Error('the family has no move')

  before(async () => {
    french = await startFakeScaleway()
    ovh = await startFakeOvhcloud({ ownServers: true })
  })
  after(async () => {
    await french.stop()
    await ovh.stop()
  })

  function engineAt(
    module: AdapterModule,
    provider: FakeScaleway | FakeOvhcloud,
    plan: JsonObject,
    region: string
  ): Engine {
    const driver = module.open(provider.settings).drivers['postgresql']
    if (!driver) throw new Error('no driver')
    const harness: Harness = {
      openDriver: (): Driver => driver,
      family,
      dedicated: true,
      order: { region, plan, parameters: {} },
      call: (context) => ({ ...context, ...realPorts(context.signal) }),
      resources: async () => [],
      logins: async () => [],
      tryLogin: async () => false,
      advanceTime: (seconds) => provider.advance(seconds)
    }
    const order = freshOrder({ ...harness.order, allowFrom: ['127.0.0.1/32'] }, 'broker-1')
    return openEngine(harness, openBreaker(harness.call), openWatch(), order)
  }

  const atScaleway = () => {
    const plan = { engine: 'PostgreSQL-15', nodeType: 'db-dev-s', volumeType: 'lssd', volumeSizeGb: 0 }
    return engineAt(scaleway, french, plan, 'fr-par')
  }
  const atOvhcloud = () => {
    const plan = { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1 }
    return engineAt(ovhcloud, ovh, plan, 'GRA')
  }

  async function side({ book: { order }, access }: Engine) {
    return {
      access: (await access()) as PostgresqlAccess,
      names: { resource: order.name, mark: order.mark }
    }
  }

  /** All of a move, to the moment when nobody uses the source any more. */
  async function moveBetween(from: Engine, to: Engine, login: Login): Promise<JsonObject> {
    await to.create()
    const credentials = await to.bind(login)
    const operation = `move of ${from.book.order.name}`
    const moving: Moving<PostgresqlAccess> = {
      from: await side(from),
      to: await side(to),
      logins: [{ from: login, to: login, parameters: {} }],
      attempt: {
        operation,
        number: 1,
        secret: (label) => `P-${createHmac('sha256', operation).update(label).digest('hex')}7`
      },
      told: () => undefined
    }
    const seen = await move?.examine(moving.from, { access: moving.to.access, stands: true }, moveCall())
    expect(seen?.findings.filter(({ level }) => level === 'blocking' || level === 'accept')).to.deep.equal([])
    await move?.begin(moving, moveCall())
    const hold = await move?.freeze(moving, moveCall())
    if (!hold) throw new Error('nothing is held')
    try {
      await move?.copy(moving, hold, moveCall())
      expect(await move?.verify(moving, hold, moveCall())).to.deep.include({
        verdict: 'equal',
        differences: []
      })
    } finally {
      await hold.release()
    }
    await move?.retire(moving, moveCall())
    return credentials
  }

  it('there and back, every object equal, under one login', async () => {
    const login = freshLogin()
    const [first, second, third] = [atScaleway(), atOvhcloud(), atScaleway()]
    await first.create()
    const before = await first.bind(login)
    for (const statement of CONTENTS) await ask(before, statement)

    const there = await moveBetween(first, second, login)
    expect(
      await ask(there, "INSERT INTO shop.orders (what) VALUES ('at OVHcloud') RETURNING id")
    ).to.deep.equal([{ id: '501' }])
    expect(await ask(before, 'SELECT 1').catch(() => 'shut out')).to.equal('shut out')

    const back = await moveBetween(second, third, login)
    const { username, password } = before
    for (const each of [there, back]) expect(each).to.include({ username, password })
    expect(await ask(back, 'SELECT count(*)::int AS orders, shop.twice(2) FROM shop.orders')).to.deep.equal([
      { orders: 501, twice: 4 }
    ])

    await first.remove()
    await second.remove()
    await third.remove()
    const [{ instances, roles }, { services, databases, roles: others }] = [
      await french.state(),
      await ovh.state()
    ]
    expect([instances, roles, services, databases, others]).to.deep.equal([[], [], [], [], []])
  })
})

async function ask(credentials: JsonObject, statement: string): Promise<unknown[]> {
  const client = boundClient(credentials)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(statement)).rows as unknown[]
  } finally {
    await client.end()
  }
}
