import { expect } from 'chai'
import { begin } from '../../../../src/families/postgresql/move/begin.ts'
import { endSteps, newPair, type Pair } from '../../../support/move-pair.ts'
import { moveCall } from '../../../support/moving.ts'
import { anotherPostgresServer, type TestServer, withClient } from '../../../support/postgres-server.ts'
import { asLogin } from '../../../support/postgres-tenant.ts'

/** A server that vacuums all the time, and so slowly that it is always at it. */
const VACUUMS = {
  autovacuum_naptime: '1s',
  autovacuum_vacuum_cost_delay: '100ms',
  autovacuum_vacuum_cost_limit: '1',
  autovacuum_vacuum_threshold: '0',
  autovacuum_vacuum_scale_factor: '0'
}

async function untilVacuumed({ superuser }: TestServer, database: string): Promise<void> {
  for (;;) {
    const { rows } = await withClient(superuser, (client) =>
      client.query(
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND datname = $1 AND query LIKE '%busy%'`,
        [database]
      )
    )
    if (rows.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('a PostgreSQL database that the server itself is working on', function () {
  this.timeout(60_000)
  let server: TestServer
  let pair: Pair

  before(async () => {
    server = await anotherPostgresServer(VACUUMS)
  })

  beforeEach(async () => {
    pair = await newPair(server)
    const { to, login } = pair
    await asLogin(
      to.access,
      login.to,
      'CREATE TABLE busy AS SELECT n FROM generate_series(1, 100000) n; DELETE FROM busy'
    )
    await untilVacuumed(server, to.name)
  })

  afterEach(() => pair.remove())

  it('is emptied for the next attempt of a move', async () => {
    await begin(pair.moving(), moveCall())
    await endSteps(pair.moving())
    expect(await asLogin(pair.to.access, pair.login.to, 'TABLE busy')).to.equal('42P01')
  })

  it('is removed', async () => {
    await pair.to.remove()
    const { rows } = await withClient(server.superuser, (client) =>
      client.query('SELECT FROM pg_database WHERE datname = $1', [pair.to.name])
    )
    expect(rows).to.deep.equal([])
  })
})
