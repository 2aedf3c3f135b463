import { expect } from 'chai'
import { failureOf } from '../../test/support/failures.ts'
import { makesLoginsByApi } from '../../test/support/provider-logins-suite.ts'
import { runs } from '../../test/support/succeeds.ts'
import { useOvhcloud } from './fake/bench.ts'

const SIZE = { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 }

describe("ovhcloud, logins by OVHcloud's API", () => {
  const bench = useOvhcloud()
  const { login, engine } = makesLoginsByApi(bench, {
    size: SIZE,
    larger: { diskGb: 90 },
    missed: 'CREATEDB',
    lacking: 'CREATEROLE and CREATEDB'
  })

  it('makes one database, although it is not shown at once and the answer says that it failed', async () => {
    await bench.fake.setScene({ plainAdmin: true, hiddenDatabases: 3, failedPosts: 3 })
    await engine().create()
    const { databases } = await bench.fake.state()
    expect(databases).to.deep.equal([engine().book.order.name])
  })

  it('makes one user with one password that works, when the answers are lost', async () => {
    await engine().create()
    await bench.fake.setScene({ plainAdmin: true, failedPosts: 2 })
    const credentials = await engine().bind(login)
    expect(await runs(credentials, 'SELECT 1')).to.equal(true)
    expect((await bench.fake.state()).roles.filter((name) => name === login.name)).to.have.length(1)
  })

  it('makes no login that may only read, names the field, and says so before', async () => {
    const { bindChoices } = bench.driver('postgresql')
    expect(bindChoices?.({ ...SIZE, logins: 'provider' })).to.deep.equal({ access: ['read-write'] })
    expect(bindChoices?.(SIZE)).to.deep.equal({})
    await engine().create()
    const refused = await failureOf(engine().bind(login, { access: 'read-only' }), 'invalid')
    expect(refused.message).to.match(/^access: /)
    expect((await bench.fake.state()).roles).not.to.include(login.name)
  })
})
