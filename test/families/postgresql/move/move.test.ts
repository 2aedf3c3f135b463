import { expect } from 'chai'
import type { PostgresqlAccess } from '../../../../src/contract/access.ts'
import type { Login } from '../../../../src/contract/adapter.ts'
import type { Move, Moving } from '../../../../src/contract/move.ts'
import { family } from '../../../../src/families/postgresql/index.ts'
import { fillWithEveryKind } from '../../../support/every-kind.ts'
import { moveCall, movingOf, rightsOutside } from '../../../support/moving.ts'
import { anotherPostgresServer, postgresServer, type TestServer } from '../../../support/postgres-server.ts'
import { asLogin, newTenant, type Tenant } from '../../../support/postgres-tenant.ts'

describe('a postgresql move as a whole', function () {
  this.timeout(120_000)
  const call = moveCall()
  const move = family.move as Move<PostgresqlAccess>
  let servers: readonly [TestServer, TestServer]
  let source: Tenant
  let target: Tenant
  let writer: Login
  let moving: Moving<PostgresqlAccess>

  before(async () => {
    servers = [await postgresServer(), await anotherPostgresServer({})]
    source = await newTenant(servers[0])
    target = await newTenant(servers[1])
    writer = await source.bind()
    await fillWithEveryKind(servers[0], source, writer)
    moving = movingOf(source, target, [writer])
    await family.bind?.(target.access, writer, {}, call)
  })

  after(async () => {
    await target.remove()
    await source.remove()
  })

  it('is rehearsed while everybody writes on, and nothing is left of it at the source', async () => {
    const atSource = await rightsOutside(servers[0])
    const { findings } = await move.examine(moving.from, { access: moving.to.access, stands: true }, call)
    expect(findings.filter(({ level }) => level === 'blocking')).to.deep.equal([])
    await move.begin(moving, call)
    const hold = await move.pin(moving, call)
    try {
      await move.copy(moving, hold, call)
      expect(await move.verify(moving, hold, call)).to.include({ verdict: 'equal', different: 0 })
    } finally {
      await hold.release()
    }
    await move.thaw(moving, call)
    expect(await rightsOutside(servers[0])).to.deep.equal(atSource)
  })

  it('freezes, copies, compares and leaves the source', async () => {
    const next = { ...moving, attempt: { ...moving.attempt, number: 2 } }
    await move.begin(next, call)
    const hold = await move.freeze(next, call)
    try {
      await move.copy(next, hold, call)
      expect(await move.verify(next, hold, call)).to.include({ verdict: 'equal', different: 0 })
      await hold.check()
    } finally {
      await hold.release()
    }
    await move.retire(next, call)
    expect(await asLogin(source.access, writer, 'SELECT 1')).to.equal('28P01')
    expect(
      await asLogin(target.access, writer, 'SELECT count(*) > 0 AS there FROM shop.orders')
    ).to.deep.equal([{ there: true }])
  })
})
