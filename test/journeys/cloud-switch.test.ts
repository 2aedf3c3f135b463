import { expect } from 'chai'
import { type FakeOvhcloud, startFakeOvhcloud } from '../../adapters/ovhcloud/fake/start-fake.ts'
import { type FakeScaleway, startFakeScaleway } from '../../adapters/scaleway/fake/start-fake.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { textAt } from '../../src/contract/read.ts'
import { removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { logsIn } from '../support/logs-in.ts'
import { type CloudBroker, cloudBroker } from './clouds/broker.ts'
import { type Ordered, order } from './clouds/order.ts'
import { administrator } from './clouds/owner.ts'
import { differences, lookInto } from './switch/compare.ts'
import { ask, fill } from './switch/fixture.ts'
import { recordOf, settled } from './switch/record.ts'

const SERVICE = 'a232e140-a227-48b7-a5d3-00bc46c559f4'
const PLANS = {
  scaleway: 'b81f1fa3-6548-499d-97df-f31913924606',
  ovhcloud: 'bf3c2d89-7174-43bd-927b-f3f445489046'
} as const
const ADMINISTRATORS = {
  scaleway: (name: string) => `portolan_${name}`,
  ovhcloud: () => 'avnadmin'
} as const

type Cloud = keyof typeof PLANS

describe('A PostgreSQL moves from one cloud to the other by a plan update', function () {
  this.timeout(120_000)
  let scaleway: FakeScaleway
  let ovhcloud: FakeOvhcloud
  let broker: CloudBroker

  before(async function () {
    this.timeout(BUILT_WITHIN_MS)
    ;[scaleway, ovhcloud] = await Promise.all([startFakeScaleway(), startFakeOvhcloud({ ownServers: true })])
    broker = await cloudBroker({
      scaleway: { adapter: 'scaleway', ...scaleway.settings, listLagSeconds: 0 },
      ovhcloud: { adapter: 'ovhcloud', ...ovhcloud.settings, listLagSeconds: 0 }
    })
    await Promise.all([scaleway.setScene({ looks: 1 }), ovhcloud.setScene({ looks: 1 })])
  })

  after(async () => {
    await removeBrokers()
    await Promise.all([scaleway.stop(), ovhcloud.stop()])
  })

  it('Scaleway, OVHcloud and back: every object is equal, and every binding lives on', async () => {
    const instance = await order(broker.client, { service: SERVICE, plan: PLANS.scaleway })
    const bound = [await instance.bind(), await instance.bind(), await instance.bind({ access: 'read-only' })]
    const [writer, owner, reader] = bound
    if (!writer || !owner || !reader) throw new Error('three bindings')
    await fill(await rootAt('scaleway', writer.credentials), writer, owner, 1)

    const there = await moved(instance, writer.id, 'scaleway', 'ovhcloud')
    await expectAlive(instance, writer.id, reader.id)
    await ask({ credentials: there }, "INSERT INTO journey.lines (n, pad) VALUES (1, 'at OVHcloud')")

    const back = await moved(instance, writer.id, 'ovhcloud', 'scaleway')
    await expectAlive(instance, writer.id, reader.id)
    expect(await ask({ credentials: back }, 'SELECT n, pad FROM journey.lines')).to.deep.equal([
      { n: 1, pad: 'at OVHcloud' }
    ])

    for (const { id } of bound) await instance.unbind(id)
    expect(await logsIn(back)).to.equal(false)
    await instance.remove()
    await settled(broker.books.store)
    const [{ instances, roles }, { services, databases, roles: others }] = [
      await scaleway.state(),
      await ovhcloud.state()
    ]
    expect([instances, roles, services, databases, others]).to.deep.equal([[], [], [], [], []])
  })

  const rootAt = (cloud: Cloud, credentials: JsonObject) =>
    administrator(broker.books, textAt(credentials, 'database'), ADMINISTRATORS[cloud], credentials)

  /** Resolves to the credentials of `binding` there; what it had is refused. */
  async function moved(instance: Ordered, binding: string, from: Cloud, to: Cloud): Promise<JsonObject> {
    const old = await instance.credentialsOf(binding)
    await instance.change(PLANS[to])
    await settled(broker.books.store)
    const now = await instance.credentialsOf(binding)
    const { verification, receipt, figures } = await recordOf(broker.books.store, instance.id)
    expect(verification.verdict).to.equal('equal')
    expect(receipt).to.be.a('string')
    expect(figures.freezeMs).to.be.above(0)
    const [source, target] = [await look(from, old), await look(to, now)]
    expect(differences(source, target)).to.deep.equal([])
    expect(target.size).to.be.above(300)
    expect(await logsIn(old)).to.equal(false)
    return now
  }

  const look = async (cloud: Cloud, credentials: JsonObject) =>
    lookInto({ root: await rootAt(cloud, credentials), database: textAt(credentials, 'database') })

  /** The old bindings open the new place, one of them for reading only. */
  async function expectAlive(instance: Ordered, writer: string, reader: string): Promise<void> {
    const [write, read] = [await instance.credentialsOf(writer), await instance.credentialsOf(reader)]
    await ask({ credentials: write }, 'CREATE TABLE journey.fresh (id int); DROP TABLE journey.fresh')
    await ask({ credentials: read }, 'SELECT count(*) FROM journey.bulk')
    const refused = await ask({ credentials: read }, 'DELETE FROM journey.bulk').catch(
      (error: Error) => error
    )
    expect(String(refused)).to.match(/permission denied|read-only/)
  }
})
