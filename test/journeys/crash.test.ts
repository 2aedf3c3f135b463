import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { objectAt } from '../../src/contract/read.ts'
import { removeBrokers } from '../support/broker-process.ts'
import { withClient } from '../support/postgres-server.ts'
import { seedFrom } from '../support/seeded.ts'
import { path } from './crash/life.ts'
import { type Model, SERVICE, WARES } from './crash/model.ts'
import type { Platform } from './crash/platform.ts'
import type { Stage } from './crash/stage.ts'
import { crashJourney } from './crash.ts'

/** One database vanishes, one appears from nowhere, and a login is believed unbound that is not. */
async function meddle({ harbour }: Stage, model: Model, client: Platform): Promise<void> {
  const ware = WARES.find(({ provider }) => provider === 'harbour')
  if (ware === undefined) throw new Error('no harbour')
  for (const id of [randomUUID(), randomUUID()]) {
    const ids = { service_id: SERVICE, plan_id: ware.small }
    await client.put(path(id), { ...ids, organization_guid: 'o', space_guid: 's' })
    await client.put(`${path(id)}/service_bindings/b`, ids)
    const credentials = objectAt((await client.get(`${path(id)}/service_bindings/b`)).body, 'credentials')
    model.living.set(id, { id, ware, plan: ware.small, bindings: new Map([['b', credentials]]) })
  }
  const [gone, kept] = [...model.living.values()]
  model.unbound.push(kept?.bindings.get('b') ?? {})
  const name = String(gone?.bindings.get('b')?.['database'])
  gone?.bindings.clear()
  await withClient(harbour.superuser, async (session) => {
    await session.query(`ALTER DATABASE "${name}" RENAME TO "p${'z'.repeat(20)}"`)
  })
}

/** The short form of `npm run journey:crash`. */
describe('A broker that is killed at random moments', function () {
  this.timeout(600_000)

  afterEach(() => removeBrokers())

  for (const [store, processes] of [
    ['sqlite', 1],
    ['postgres', 2]
  ] as const) {
    it(`loses, doubles and leaves behind nothing, on ${store} with ${processes} process${processes > 1 ? 'es' : ''}`, async () => {
      const seed = seedFrom([])
      const report = await crashJourney(store, 20, seed)
      const { findings, kills, lost, doubled, leftBehind, notEnded, wrongLogins, ...rest } = report
      expect(findings, `seed ${seed}`).to.deep.equal([])
      expect({ lost, doubled, leftBehind, notEnded, wrongLogins }, `seed ${seed}`).to.deep.equal({
        lost: 0,
        doubled: 0,
        leftBehind: 0,
        notEnded: 0,
        wrongLogins: 0
      })
      expect(rest.operations).to.be.at.least(20)
      expect(rest.processes).to.equal(processes)
      expect(kills).to.be.at.least(1)
    })
  }

  it('is found out when something is lost, left behind or still lets somebody in', async () => {
    const report = await crashJourney('sqlite', 0, seedFrom([]), meddle)
    // The database of no instance, and the login of no binding.
    expect(report).to.include({ lost: 1, doubled: 0, leftBehind: 2, wrongLogins: 1, notEnded: 0 })
    expect(report.findings).to.have.length(4)
  })
})
