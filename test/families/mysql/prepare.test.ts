import { expect } from 'chai'
import { family } from '../../../src/families/mysql/index.ts'
import { freshName } from '../../conformance/fresh.ts'
import { asMysql, type MysqlTestServer, mysqlServer } from '../../support/mysql-server.ts'
import { asMysqlLogin, mysqlCall, newMysqlTenant } from '../../support/mysql-tenant.ts'

const call = mysqlCall()

describe('prepare and release of the family mysql', function () {
  this.timeout(60_000)
  let server: MysqlTestServer

  before(async () => {
    server = await mysqlServer()
  })

  const namesOf = (name: string) => ({ resource: name, mark: { broker: 'b', resource: name, generation: 1 } })

  it('say that the database is not there', async () => {
    const name = freshName('p')
    const access = { ...server.managedRoot, database: name }
    const outcome = await family
      .prepare?.(access, namesOf(name), { defaultPrivileges: true }, call)
      .catch((e) => e)
    expect(outcome).to.include({ kind: 'unexpected' })
  })

  it('take what a managed provider made, and leave the database and other accounts', async () => {
    const name = freshName('p')
    const access = { ...server.managedRoot, database: name }
    await asMysql(
      server.superuser,
      `CREATE DATABASE ${name}; CREATE USER operator@'%' IDENTIFIED BY 'x'; GRANT SELECT ON ${name}.* TO operator@'%'`
    )
    const login = { name: freshName('b'), password: 'A1-of-the-binding' }
    for (let round = 0; round < 2; round += 1) {
      await family.prepare?.(access, namesOf(name), { defaultPrivileges: true }, call)
      await family.bind?.(access, login, {}, call)
      expect(await asMysqlLogin(access, login, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
      await family.release?.(access, namesOf(name), call)
      await family.release?.(access, namesOf(name), call)
      expect(await asMysqlLogin(access, login, 'SELECT 1 AS one')).to.equal(1045)
    }
    const left = await asMysql(server.superuser, `SELECT User FROM mysql.db WHERE Db = '${name}'`)
    expect(left).to.deep.equal([{ User: 'operator' }])
    await asMysql(server.superuser, `DROP DATABASE ${name}; DROP USER operator@'%'`)
  })

  it('take every login that is left with the instance, all at once', async () => {
    const tenant = await newMysqlTenant(server)
    const logins = [await tenant.bind(), await tenant.bind({ access: 'read-only' }), await tenant.bind()]
    await tenant.remove()
    await tenant.remove()
    const names = logins.map((login) => `'${login.name}'`).join()
    expect(
      await asMysql(server.superuser, `SELECT User FROM mysql.user WHERE User IN (${names})`)
    ).to.deep.equal([])
  })
})
