import type { Family } from '../../src/contract/family.ts'
import { family } from '../../src/families/mysql/index.ts'
import { mysqlPort } from '../../src/transport/mysql.ts'
import { APPLICATIONS } from '../../test/conformance/application.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { noPorts } from '../../test/conformance/ports.ts'
import { asMysql, type MysqlTestServer, mysqlServer } from '../../test/support/mysql-server.ts'
import { driverOf, settingsOf } from '../../test/support/mysql-tenant.ts'
import { adapter } from './index.ts'

driverConformance({
  name: 'mysql-server/mysql',
  open: mysql,
  skip: {
    throttled: 'a MySQL server throttles nobody',
    broken: 'a database is there or it is not: create never ends as broken',
    'two regions': 'one server stands here; the region only chooses among the servers of the settings'
  },
  sample: 3
})

async function mysql(): Promise<Harness> {
  const server = await mysqlServer()
  const settings = settingsOf(server)
  const planted: string[] = []
  const asSuperuser = (sql: string) => asMysql(server.superuser, sql)
  const allowDatabases = () =>
    asSuperuser(`GRANT CREATE ON \`p____________________\`.* TO ${server.managedRoot.user}@'%'`)
  return {
    openDriver: () => driverOf(settings),
    ping: (call) => adapter.open(settings).ping(call),
    family: family as unknown as Family,
    order: { region: 'here', plan: { connections: 5 }, parameters: {} },
    call: (context) => ({
      ...context,
      ...noPorts('only the server is asked'),
      mysql: mysqlPort({ signal: context.signal })
    }),
    resources: () => resourcesOf(server),
    logins: () => loginsOf(server),
    tryLogin: APPLICATIONS.mysql.reads,
    tryWrite: APPLICATIONS.mysql.writes,
    openSession: APPLICATIONS.mysql.stays,
    stage: (scene) => stage(server, scene),
    unstage: async () => {
      await allowDatabases()
    },
    plantForeign: async (name) => {
      await asSuperuser(`CREATE DATABASE ${name}`)
      planted.push(name)
    },
    remark: async (name) => {
      await asSuperuser(`UPDATE portolan.resources SET mark = 'somebody else''s' WHERE name = '${name}'`)
    },
    secrets: [server.managedRoot.password],
    close: async () => {
      await allowDatabases()
      for (const name of planted.splice(0)) await asSuperuser(`DROP DATABASE ${name}`)
    }
  }
}

async function stage(server: MysqlTestServer, scene: Scene): Promise<Partial<OrderDetails> | undefined> {
  if (scene === 'quota') return { plan: { connections: 100_000 } }
  if (scene === 'update' || scene === 'faults in update') return { plan: { connections: 7 } }
  if (scene === 'faults in failed create') {
    // The mark is written, the database is refused.
    const root = `${server.managedRoot.user}@'%'`
    await asMysql(server.superuser, `REVOKE CREATE ON \`p____________________\`.* FROM ${root}`)
  }
  return undefined
}

/** One line for everything that carries one name: mark, promise, database, rights. */
async function resourcesOf(server: MysqlTestServer): Promise<readonly string[]> {
  const hasTable = await asMysql(server.superuser, "SHOW TABLES FROM mysql LIKE 'db'")
  if (hasTable.length === 0) throw new Error('no server')
  const lines = await asMysql(
    server.superuser,
    `SELECT name, GROUP_CONCAT(part ORDER BY part SEPARATOR ', ') AS parts FROM (
       SELECT SCHEMA_NAME AS name, 'database' AS part FROM information_schema.SCHEMATA
       UNION ALL SELECT Db, CONCAT('rights of ', User) FROM mysql.db
       ${await marksOf(server)}
     ) AS every WHERE name REGEXP '^p[a-z2-7]{20}$' GROUP BY name ORDER BY name`
  )
  return lines.map((line) => JSON.stringify(line))
}

async function marksOf(server: MysqlTestServer): Promise<string> {
  const found = await asMysql(
    server.superuser,
    "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'portolan' AND TABLE_NAME = 'resources'"
  )
  return found.length === 0
    ? ''
    : "UNION ALL SELECT name, CONCAT(mark, ' ', connections) FROM portolan.resources"
}

async function loginsOf(server: MysqlTestServer): Promise<readonly string[]> {
  const rows = await asMysql(
    server.superuser,
    `SELECT User FROM mysql.user WHERE User REGEXP '^b[a-z2-7]{20}$' ORDER BY User`
  )
  return rows.map((row) => String(row['User']))
}
