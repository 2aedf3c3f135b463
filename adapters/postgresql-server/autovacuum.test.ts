import { until } from '../../test/support/core.ts'
import { anotherPostgresServer, withClient } from '../../test/support/postgres-server.ts'
import { newTenant } from '../../test/support/postgres-tenant.ts'

describe('a server that vacuums by itself', function () {
  this.timeout(120_000)

  it('lets a database be dropped while it vacuums there', async () => {
    const server = await anotherPostgresServer({
      autovacuum_naptime: '1s',
      autovacuum_vacuum_threshold: '1',
      // Once it has begun it stays.
      autovacuum_vacuum_cost_delay: '100ms',
      autovacuum_vacuum_cost_limit: '1'
    })
    const tenant = await newTenant(server)
    const login = await tenant.bind()
    const { host, port, database } = tenant.access
    await withClient({ host, port, database, user: login.name, password: login.password }, async (client) => {
      await client.query(
        'CREATE TABLE t AS SELECT n, repeat(n::text, 50) AS v FROM generate_series(1, 20000) n'
      )
      await client.query('DELETE FROM t')
    })
    await withClient(server.superuser, (client) =>
      until(async () => {
        const { rowCount } = await client.query(
          `SELECT FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'autovacuum worker'`,
          [database]
        )
        return rowCount !== 0
      }, 60_000)
    )
    await tenant.remove()
  })
})
