import { randomBytes } from 'node:crypto'
import { mysqlLogins } from '../../../test/support/fake/api-logins.ts'
import { front } from '../../../test/support/fake/front.ts'
import { mysqlProduct } from '../../../test/support/mysql-process.ts'
import { anotherMysqlServer, asMysql, type MysqlTestServer } from '../../../test/support/mysql-server.ts'
import { ADMIN, type Left, type Servers, type Stand, waitingUsers } from './stand.ts'

/** What the administrator of a service may: nearly everything, and nothing in the server's own tables but to read them. */
const RIGHTS = `SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, ${mysqlProduct.connectionAdmin}${mysqlProduct.isMariadb ? ', DELETE HISTORY' : ''}`

const SYSTEM = "('mysql', 'information_schema', 'performance_schema', 'sys')"
const SYSTEM_USERS = `('root', 'mariadb.sys', 'mysql.sys', 'mysql.session', 'mysql.infoschema', 'tester', 'portolan_root', '${ADMIN}')`

/** A MariaDB for each service; one that was given back is used again. */
export async function mysqlServers(warm: boolean): Promise<Servers> {
  const all: MysqlTestServer[] = []
  const free: MysqlTestServer[] = []
  async function start(): Promise<MysqlTestServer> {
    const server = await anotherMysqlServer()
    all.push(server)
    return server
  }
  if (warm) free.push(await start())
  return {
    async take() {
      const server = free.pop() ?? (await start())
      return standOn(server, () => free.push(server))
    },
    async left() {
      const each = await Promise.all(all.map(leftOn))
      return {
        databases: each.flatMap(({ databases }) => databases),
        roles: each.flatMap(({ roles }) => roles)
      }
    }
  }
}

function standOn(server: MysqlTestServer, free: () => void): Stand {
  const ask = (sql: string) => asMysql(server.superuser, sql)
  let pending: (() => Promise<unknown>) | undefined
  return {
    certificate: server.certificate,
    // Whoever the API makes may do everything.
    users: waitingUsers(mysqlLogins(ask), (name) => ask(`GRANT ${RIGHTS} ON *.* TO '${name}'@'%'`)),
    addDatabase: async (name) => {
      await ask(`CREATE DATABASE \`${name}\``)
    },
    async setPassword(password, plain) {
      const rights = plain ? 'SELECT' : RIGHTS
      const unknown = randomBytes(18).toString('hex')
      await ask(`CREATE USER IF NOT EXISTS ${ADMIN}@'%' ${mysqlProduct.identifiedBy(unknown)}`)
      pending = () =>
        ask(`ALTER USER ${ADMIN}@'%' ${mysqlProduct.identifiedBy(password)} REQUIRE SSL;
             REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${ADMIN}@'%';
             GRANT ${rights} ON *.* TO ${ADMIN}@'%' WITH GRANT OPTION`)
    },
    open: (doors) =>
      front({
        port: server.port,
        isOpen: () => doors.isOpen(),
        async beforehand() {
          if (!doors.isPasswordThere()) return
          const work = pending
          pending = undefined
          await work?.()
        }
      }),
    async giveBack() {
      pending = undefined
      const { databases, roles } = await leftOn(server)
      for (const name of databases) await ask(`DROP DATABASE \`${name}\``)
      for (const name of [...roles, ADMIN]) await ask(`DROP USER IF EXISTS '${name}'@'%'`)
      free()
    }
  }
}

async function leftOn(server: MysqlTestServer): Promise<Left> {
  const databases = await asMysql(
    server.superuser,
    `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ${SYSTEM}`
  )
  const users = await asMysql(
    server.superuser,
    `SELECT User AS name FROM mysql.user WHERE User NOT IN ${SYSTEM_USERS}`
  )
  return {
    databases: databases.map(({ name }) => String(name)),
    roles: users.map(({ name }) => String(name))
  }
}
