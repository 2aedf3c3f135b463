import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { failureOf } from '../../test/support/failures.ts'
import { httpCall } from '../../test/support/http-call.ts'
import { AT, fixture, made, order, useWire } from './fake/wire.ts'

describe('scaleway, its updates to the byte', () => {
  const { drivers, mock, ready, sends } = useWire()
  const { postgresql: driver } = drivers
  if (!driver) throw new Error('no driver')

  it('asks for a larger node by that one field', async () => {
    ready()
    mock.expect(
      { method: 'POST', path: `${AT}/upgrade`, body: fixture('postgresql-upgrade-node-request'), sends },
      { status: 200, body: { ...(fixture('postgresql-create') as JsonObject), status: 'initializing' } }
    )
    const larger = { ...order, plan: { ...order.plan, nodeType: 'db-dev-m' } }
    expect((await driver.update?.(made, larger, httpCall()))?.state).to.equal('pending')
  })

  it('grows the volume first, also of an instance whose disk is full', async () => {
    ready({ status: 'disk_full' })
    mock.expect(
      { method: 'POST', path: `${AT}/upgrade`, body: fixture('postgresql-upgrade-volume-request'), sends },
      { status: 200, body: { ...(fixture('postgresql-create') as JsonObject), status: 'initializing' } }
    )
    const larger = { ...order, plan: { ...order.plan, nodeType: 'db-dev-m', volumeSizeGb: 20 } }
    expect((await driver.update?.(made, larger, httpCall()))?.state).to.equal('pending')
  })

  it('refuses what Scaleway cannot change, and says which', async () => {
    for (const [change, extra, word] of [
      [{ engine: 'PostgreSQL-16' }, {}, 'engine'],
      [{ volumeSizeGb: 5 }, {}, 'smaller'],
      [{}, { is_ha_cluster: true }, 'high availability']
    ] as const) {
      ready(extra)
      const told = await failureOf(
        driver.update?.(made, { ...order, plan: { ...order.plan, ...change } }, httpCall())
      )
      expect(told.kind).to.equal('invalid')
      expect(told.message).to.contain(word)
    }
  })
})
