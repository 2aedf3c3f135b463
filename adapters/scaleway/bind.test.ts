import { expect } from 'chai'
import { makesLoginsByApi } from '../../test/support/provider-logins-suite.ts'
import { runs } from '../../test/support/succeeds.ts'
import { useScaleway } from './fake/bench.ts'

describe("scaleway, logins by Scaleway's API", () => {
  const bench = useScaleway()
  const { login, engine } = makesLoginsByApi(bench, {
    size: { engine: 'PostgreSQL-15', nodeType: 'db-dev-s', volumeType: 'sbs_5k', volumeSizeGb: 10 },
    larger: { volumeSizeGb: 15 },
    missed: 'CREATEROLE',
    lacking: 'CREATEROLE'
  })

  it('waits for a user who is not known everywhere yet', async () => {
    await engine().create()
    await bench.fake.setScene({ plainAdmin: true, lateUsers: 2, tupleConflicts: 1 })
    expect(await runs(await engine().bind(login), 'SELECT 1')).to.equal(true)
  })

  it('deletes the user of a binding that only reads', async () => {
    await engine().create()
    await engine().bind(login, { access: 'read-only' })
    await engine().unbind(login)
    expect((await bench.fake.state()).roles).not.to.include(login.name)
  })
})
