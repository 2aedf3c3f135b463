import { expect } from 'chai'
import pg from 'pg'
import { postgresServer, withClient } from '../support/postgres-server.ts'

describe('the PostgreSQL server of the tests', function () {
  this.timeout(60_000)

  it('is one per process', async () => {
    expect(await postgresServer()).to.equal(await postgresServer())
  })

  it('lets the superuser and the managed root in', async () => {
    const server = await postgresServer()
    const about = 'SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user'
    const superuser = await withClient(server.superuser, (client) => client.query(about))
    const root = await withClient(server.managedRoot, (client) => client.query(about))
    expect(superuser.rows[0].rolsuper).to.equal(true)
    expect(root.rows[0]).to.deep.equal({ rolsuper: false, rolcreatedb: true, rolcreaterole: true })
  })

  it('makes a fresh database that its url opens, and drops it with sessions in it', async () => {
    const { url, drop } = await (await postgresServer()).freshDatabase()
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    await client.query('CREATE TABLE t (v text)')
    const upper = await client.query("SELECT upper('é') AS letter")
    expect(upper.rows[0].letter).to.equal('É')
    await drop()
    const again = new pg.Client({ connectionString: url })
    const refusal = await again.connect().then(
      () => 'came in',
      (error: Error) => error.message
    )
    expect(refusal).to.match(/authentication failed|does not exist/)
  })
})
