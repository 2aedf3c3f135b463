import { expect } from 'chai'
import { APPLICATIONS } from './application.ts'
import { realPorts } from './ports.ts'
import { startServer } from './servers.ts'

describe('What the kit lends to a fake of an adapter from outside', function () {
  this.timeout(60_000)

  it('a real server whose owner may make databases and administrators, and an application that is refused where it is, and thrown out where it is', async () => {
    const root = await startServer('postgresql')
    const { host, port } = root
    const credentials = { host, port, database: 'postgres', username: 'lent_to_fake', password: 'aA1-lent' }
    const run = (sql: string) => realPorts().postgresql(root, (session) => session.query(sql))
    expect(await APPLICATIONS.postgresql.reads(credentials)).to.equal(false)
    await run("CREATE ROLE lent_to_fake LOGIN PASSWORD 'aA1-lent'")
    try {
      await run('GRANT CONNECT ON DATABASE postgres TO lent_to_fake')
      expect(await APPLICATIONS.postgresql.reads(credentials)).to.equal(true)
      expect(await APPLICATIONS.postgresql.writes(credentials)).to.equal(false)
      const session = await APPLICATIONS.postgresql.stays(credentials)
      expect(await session.isOpen()).to.equal(true)
      await run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lent_to_fake'")
      expect(await session.isOpen()).to.equal(false)
      await session.close()
    } finally {
      await run('DROP OWNED BY lent_to_fake')
      await run('DROP ROLE lent_to_fake')
    }
  })
})
