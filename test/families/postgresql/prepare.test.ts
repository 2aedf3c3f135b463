import { expect } from 'chai'
import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { Names } from '../../../src/contract/family.ts'
import { family } from '../../../src/families/postgresql/index.ts'
import { freshLogin, freshName } from '../../conformance/fresh.ts'
import { postgresServer, type TestServer, withClient } from '../../support/postgres-server.ts'
import { asLogin, newTenant, postgresqlCall } from '../../support/postgres-tenant.ts'

const call = postgresqlCall()
const PRIVILEGES = { defaultPrivileges: true }

describe('prepare and release of the family postgresql', function () {
  this.timeout(30_000)
  let server: TestServer

  before(async () => {
    server = await postgresServer()
  })

  const asSuperuser = (sql: string, database = 'postgres') =>
    withClient({ ...server.superuser, database }, async (client) => (await client.query(sql)).rows)

  /** What a managed provider makes: an instance and a database that its administrator owns, and no role of ours. */
  async function managed(
    owner = server.managedRoot.user
  ): Promise<{ access: PostgresqlAccess; names: Names }> {
    const name = freshName('p')
    await asSuperuser(`CREATE DATABASE "${name}" OWNER "${owner}"`)
    const mark = { broker: 'b', resource: name, generation: 1 }
    return { access: { ...server.managedRoot, database: name }, names: { resource: name, mark } }
  }

  const outcome = (promise: Promise<unknown> | undefined) =>
    (promise ?? Promise.resolve()).then(
      () => ({ kind: 'no failure', message: '' }),
      (error: ProviderFailure) => error
    )

  const drop = async (access: PostgresqlAccess) => {
    await asSuperuser(`DROP DATABASE "${access.database}"`)
    await asSuperuser(`DROP ROLE IF EXISTS "${access.database}", "${access.database}_ro"`)
  }

  it('make the group where a managed provider has none, and a binding works', async () => {
    const { access, names } = await managed()
    await family.prepare?.(access, names, PRIVILEGES, call)
    const login = freshLogin()
    await family.bind?.(access, login, {}, call)
    expect(await asLogin(access, login, 'CREATE TABLE t AS SELECT 1 AS v')).to.deep.equal([])
    await family.unbind?.(access, login, call)
    await family.release?.(access, names, call)
    expect(
      await asSuperuser(`SELECT rolname FROM pg_roles WHERE rolname LIKE '${names.resource}%'`)
    ).to.deep.equal([{ rolname: names.resource }])
    await drop(access)
  })

  it('may be repeated, also after release', async () => {
    const { access, names } = await managed()
    for (let round = 0; round < 2; round += 1) {
      await family.prepare?.(access, names, PRIVILEGES, call)
      await family.prepare?.(access, names, PRIVILEGES, call)
      await family.release?.(access, names, call)
      await family.release?.(access, names, call)
    }
    await drop(access)
  })

  it('shut everybody else out', async () => {
    const { access, names } = await managed()
    const stranger = freshLogin()
    await asSuperuser(`CREATE ROLE ${stranger.name} LOGIN PASSWORD '${stranger.password}'`)
    expect(await asLogin(access, stranger, 'SELECT 1 AS v')).to.deep.equal([{ v: 1 }])
    await family.prepare?.(access, names, PRIVILEGES, call)
    expect(await asLogin(access, stranger, 'SELECT 1 AS v')).to.equal('42501')
    await drop(access)
    await asSuperuser(`DROP ROLE ${stranger.name}`)
  })

  it('leave the default privileges to a copy when told so', async () => {
    const { access, names } = await managed()
    await family.prepare?.(access, names, { defaultPrivileges: false }, call)
    expect(
      await asSuperuser('SELECT count(*)::int4 AS n FROM pg_default_acl', access.database)
    ).to.deep.equal([{ n: 0 }])
    await drop(access)
  })

  it('name the right that the administrator lacks', async () => {
    const other = freshLogin()
    await asSuperuser(`CREATE ROLE ${other.name} LOGIN PASSWORD '${other.password}'`)
    await asSuperuser(`GRANT CONNECT ON DATABASE postgres TO ${other.name}`)
    const { access, names } = await managed(other.name)
    const weak = { ...access, user: other.name, password: other.password }
    const lacksRoles = await outcome(family.prepare?.(weak, names, PRIVILEGES, call))
    expect(lacksRoles).to.be.instanceOf(ProviderFailure)
    expect(lacksRoles.kind).to.equal('denied')
    expect(lacksRoles.message).to.contain('CREATEROLE')
    const lacksDatabase = await outcome(family.prepare?.(access, names, PRIVILEGES, call))
    expect(lacksDatabase.kind).to.equal('denied')
    expect(lacksDatabase.message).to.contain('ownership of the database')
    await drop(access)
    await asSuperuser(`REVOKE CONNECT ON DATABASE postgres FROM ${other.name}; DROP ROLE ${other.name}`)
  })

  it('take over no role that has the name and not the mark', async () => {
    const { access, names } = await managed()
    await asSuperuser(`CREATE ROLE "${names.resource}"`)
    expect((await outcome(family.prepare?.(access, names, PRIVILEGES, call))).kind).to.equal('conflict')
    expect((await outcome(family.release?.(access, names, call))).kind).to.equal('conflict')
    await drop(access)
  })

  it('work for many instances at the same moment', async () => {
    const tenants = await Promise.all(Array.from({ length: 5 }, () => newTenant(server)))
    await Promise.all(tenants.map((tenant) => tenant.remove()))
  })
})
