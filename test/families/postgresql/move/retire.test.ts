import { expect } from 'chai'
import pg from 'pg'
import type { Login } from '../../../../src/contract/adapter.ts'
import type { ProviderFailure } from '../../../../src/contract/errors.ts'
import { family } from '../../../../src/families/postgresql/index.ts'
import { examine } from '../../../../src/families/postgresql/move/examine/index.ts'
import { freeze } from '../../../../src/families/postgresql/move/freeze.ts'
import { proveErased } from '../../../../src/families/postgresql/move/prove-erased.ts'
import { retire, retiredName } from '../../../../src/families/postgresql/move/retire.ts'
import { freshLogin } from '../../../conformance/fresh.ts'
import { freePort } from '../../../support/free-port.ts'
import { makeStep, moveCall, movingOf, rightsOutside } from '../../../support/moving.ts'
import { postgresServer, type TestServer, withClient } from '../../../support/postgres-server.ts'
import { asLogin, newTenant, type Tenant } from '../../../support/postgres-tenant.ts'

describe('a source that a postgresql move has left', function () {
  this.timeout(60_000)
  let server: TestServer
  let source: Tenant
  let target: Tenant
  let writer: Login
  let reader: Login
  const call = moveCall()

  before(async () => {
    server = await postgresServer()
    ;[source, target] = [await newTenant(server), await newTenant(server)]
    ;[writer, reader] = [await source.bind(), await source.bind({ access: 'read-only' })]
    await asLogin(source.access, writer, [
      `CREATE TABLE kept AS SELECT 'kept' AS v`,
      'SET ROLE NONE',
      'CREATE SCHEMA own'
    ])
  })

  after(() => target.remove())

  const moving = () => movingOf(source, target, [writer, reader])
  const roles = async (like: string) =>
    withClient(server.superuser, async (client) => {
      const { rows } = await client.query(
        `SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname LIKE $1 OR shobj_description(oid, 'pg_authid') LIKE $1 ORDER BY 1`,
        [like]
      )
      return rows as readonly { readonly rolname: string; readonly rolcanlogin: boolean }[]
    })

  it('is shut for good, and its logins have other names', async () => {
    const { host, port, database } = source.access
    const client = new pg.Client({ host, port, database, user: writer.name, password: writer.password })
    client.on('error', () => undefined)
    await makeStep(server, moving(), 'from')
    await makeStep(server, moving(), 'to')
    await client.connect()
    const hold = await freeze(moving(), call)
    await hold.release()
    await retire(moving(), call)
    expect(await client.query('SELECT 1').catch(() => 'ended')).to.equal('ended')
    expect(await roles('portolan step of %')).to.deep.equal([])
    const old = [writer.name, reader.name].map((name) => ({
      rolname: retiredName(name, source.name),
      rolcanlogin: false
    }))
    expect(await roles(`portolan login of ${source.name}`)).to.have.deep.members(old)
    for (const { name, password } of [writer, reader]) {
      expect(await asLogin(source.access, { name, password }, 'SELECT 1')).to.equal('28P01')
      const renamed = { name: retiredName(name, source.name), password }
      expect(await asLogin(source.access, renamed, 'SELECT 1')).to.equal('28000')
    }
    const locks = await withClient(server.superuser, (root) =>
      root.query('SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = $1', [
        source.name
      ])
    )
    expect(locks.rows).to.deep.equal([])
    await client.end().catch(() => undefined)
  })

  it('stays as it is when it is retired again', async () => {
    const before = await rightsOutside(server)
    await retire(moving(), call)
    expect(await rightsOutside(server)).to.deep.equal(before)
  })

  it('leaves the names of its logins to whoever comes back, and leaves them alone from then on', async () => {
    await family.bind?.(target.access, writer, {}, call)
    expect(await asLogin(target.access, writer, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
    await retire(moving(), call)
    expect(await asLogin(target.access, writer, 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
    await target.unbind(writer)
  })

  it('takes no new login, and nothing moves from it, until it is opened by the statements that are told', async () => {
    const late = freshLogin()
    const refused = await family
      .bind?.(source.access, late, {}, call)
      .catch((error: ProviderFailure) => error)
    expect(refused).to.include({ kind: 'denied' })
    expect(await roles(late.name)).to.deep.equal([])
    const { from, to } = moving()
    const seen = async () =>
      (await examine(from, { access: to.access, stands: true }, call)).findings.find(
        ({ id }) => id === 'source-closed'
      )
    const closed = await seen()
    expect(closed).to.include({ level: 'blocking', subject: 'source' })
    const [, statements = ''] = closed?.remedy?.split('open it again: ') ?? []
    await withClient({ ...source.access, database: 'postgres' }, (root) => root.query(statements))
    expect(await seen()).to.equal(undefined)
    expect(await asLogin(source.access, writer, 'SELECT v FROM kept')).to.deep.equal([{ v: 'kept' }])
    expect(await asLogin(source.access, reader, 'SELECT v FROM kept')).to.deep.equal([{ v: 'kept' }])
    await family.bind?.(source.access, late, {}, call)
    expect(await asLogin(source.access, late, 'SELECT v FROM kept')).to.deep.equal([{ v: 'kept' }])
    await makeStep(server, moving(), 'from')
    await makeStep(server, moving(), 'to')
    await retire(moving(), call)
  })

  it('is not proved to be erased as long as anything stands', async () => {
    const { from } = moving()
    const failure = await proveErased(from, call).catch((error: ProviderFailure) => error)
    expect(failure).to.have.property('message').that.contains(`the database ${source.name} is still there`)
  })

  it('is proved to be erased when nothing is left, also none of the renamed logins', async () => {
    const { from } = moving()
    await source.remove()
    expect(await roles(`%${source.name}%`)).to.deep.equal([])
    expect(await proveErased(from, call)).to.deep.equal([
      `The server has no database ${source.name}.`,
      'It has no login of this instance, nor a group of theirs.',
      `A login to ${source.name} was refused: there is no such database (SQLSTATE 3D000).`
    ])
  })

  it('is not proved to be erased by a role that is left, but by one that was buried', async () => {
    const { from } = moving()
    const root = (sql: string) => withClient(server.superuser, (client) => client.query(sql))
    await root(`CREATE ROLE "${source.name}"`)
    const failure = await proveErased(from, call).catch((error: ProviderFailure) => error)
    expect(failure).to.have.property('message').that.contains(`the role ${source.name} is still there`)
    const { broker, resource, generation } = from.names.mark
    await root(
      `COMMENT ON ROLE "${source.name}" IS 'buried portolan ${JSON.stringify({ broker, resource, generation })}'`
    )
    expect((await proveErased(from, call)).join(' ')).to.contain(
      `The name ${source.name} is still kept by a role without rights`
    )
    await root(`DROP ROLE "${source.name}"`)
  })

  it('is proved to be erased, as far as can be told, when its whole server is gone', async () => {
    const { from } = moving()
    const access = { ...from.access, port: await freePort() }
    const [sentence, ...more] = await proveErased({ ...from, access }, call)
    expect(sentence).to.contain('answers nobody any more (ECONNREFUSED)')
    expect(more).to.deep.equal([])
    const wrong = { ...from.access, password: 'wrong' }
    const failure = await proveErased({ ...from, access: wrong }, call).catch(
      (error: ProviderFailure) => error
    )
    expect(failure).to.have.property('kind', 'denied')
  })
})
