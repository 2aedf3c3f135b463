import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { postgresqlPort } from '../../src/transport/postgresql.ts'
import { APPLICATIONS } from '../../test/conformance/application.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { noPorts } from '../../test/conformance/ports.ts'
import { postgresServer, type TestServer, withClient } from '../../test/support/postgres-server.ts'
import { driverOf, settingsOf } from '../../test/support/postgres-tenant.ts'
import { succeeds } from '../../test/support/succeeds.ts'
import { adapter } from './index.ts'

driverConformance({
  name: 'postgresql-server/postgresql',
  open: postgresql,
  skip: {
    throttled: 'a PostgreSQL server throttles nobody',
    broken: 'a database is there or it is not: create never ends as broken',
    'two regions': 'one server stands here; the region only chooses among the servers of the settings'
  },
  sample: 6
})

async function postgresql(): Promise<Harness> {
  const server = await postgresServer()
  const settings = settingsOf(server)
  const planted: string[] = []
  const asSuperuser = (sql: string) => withClient(server.superuser, (client) => client.query(sql))
  return {
    openDriver: () => driverOf(settings),
    ping: (call) => adapter.open(settings).ping(call),
    family: family as unknown as Family,
    order: { region: 'here', plan: { connections: 5 }, parameters: {} },
    call: (context) => ({
      ...context,
      ...noPorts('only the server is asked'),
      postgresql: postgresqlPort({ signal: context.signal })
    }),
    resources: () => resourcesOf(server),
    logins: () => loginsOf(server),
    tryLogin: (credentials) => succeeds(clientOf(credentials), 'SELECT 1'),
    tryWrite: (credentials) =>
      succeeds(clientOf(credentials), `CREATE TABLE t${randomBytes(6).toString('hex')} (n integer)`),
    openSession: APPLICATIONS.postgresql.stays,
    stage: (scene) => stage(server, scene),
    plantForeign: async (name) => {
      await asSuperuser(`CREATE ROLE ${name} NOLOGIN`)
      await asSuperuser(`CREATE DATABASE ${name}`)
      planted.push(name)
    },
    plantUnmarked: async (name) => {
      await asRoot(server, `CREATE DATABASE ${name}`)
      planted.push(name)
      await asRoot(server, `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
      await asRoot(server, 'CREATE TABLE things (n integer)', name)
    },
    remark: async (name) => {
      await asSuperuser(`COMMENT ON ROLE ${name} IS 'somebody else''s'`)
    },
    secrets: [server.managedRoot.password],
    close: async () => {
      await asSuperuser(`ALTER ROLE ${server.managedRoot.user} CREATEDB`)
      for (const name of planted.splice(0)) {
        await asSuperuser(`DROP DATABASE IF EXISTS ${name}`)
        await asSuperuser(`DROP ROLE IF EXISTS ${name}`)
      }
    }
  }
}

async function stage(server: TestServer, scene: Scene): Promise<Partial<OrderDetails> | undefined> {
  if (scene === 'quota') return { plan: { connections: 100_000 } }
  if (scene === 'update' || scene === 'faults in update') return { plan: { connections: 7 } }
  if (scene === 'faults in failed create') {
    // The group is made, the database is refused.
    await withClient(server.superuser, (client) =>
      client.query(`ALTER ROLE ${server.managedRoot.user} NOCREATEDB`)
    )
  }
  return undefined
}

function asRoot({ managedRoot }: TestServer, sql: string, database = 'postgres'): Promise<unknown> {
  return withClient({ ...managedRoot, database }, (client) => client.query(sql))
}

/** One line for everything that carries one name: group, mark, readers, database. */
async function resourcesOf(server: TestServer): Promise<readonly string[]> {
  return withClient(server.superuser, async (client) => {
    const { rows } = await client.query(`
      WITH names AS (
        SELECT rolname AS name FROM pg_roles WHERE NOT rolcanlogin AND rolname !~ '^pg_'
        UNION SELECT datname FROM pg_database WHERE NOT datistemplate
      )
      SELECT substring(name FROM '^p[a-z2-7]{20}') AS resource,
             json_agg(json_build_array(name, r.rolconnlimit, shobj_description(r.oid, 'pg_authid'),
                                       pg_get_userbyid(d.datdba), d.datconnlimit, d.datallowconn) ORDER BY name) AS parts
        FROM names LEFT JOIN pg_roles r ON r.rolname = name LEFT JOIN pg_database d ON d.datname = name
       WHERE name ~ '^p[a-z2-7]{20}' GROUP BY 1 ORDER BY 1`)
    return rows.map((row) => JSON.stringify(row))
  })
}

async function loginsOf(server: TestServer): Promise<readonly string[]> {
  return withClient(server.superuser, async (client) => {
    const { rows } = await client.query("SELECT rolname FROM pg_roles WHERE rolname ~ '^b[a-z2-7]{20}$'")
    return rows.map((row) => String(row.rolname))
  })
}

function clientOf(credentials: JsonObject): pg.Client {
  return new pg.Client({ connectionString: String(credentials['uri']) })
}
