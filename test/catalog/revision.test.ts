import { expect } from 'chai'
import { loadCatalog } from '../../src/catalog/load.ts'
import type { Plan } from '../../src/domain/offer.ts'
import { revisionOf } from '../../src/domain/revision.ts'
import { type CatalogFolder, catalogFolder } from '../support/catalog-folder.ts'
import { planNamed } from '../support/example-catalog.ts'
import { fakeRegistry } from '../support/fake-registry.ts'

const PLANS = 'providers/berlin/postgresql.yaml'

describe('A plan revision', () => {
  let folder: CatalogFolder

  beforeEach(async () => {
    folder = await catalogFolder()
  })

  afterEach(() => folder.delete())

  async function small(): Promise<Plan> {
    return planNamed(
      await loadCatalog({ folders: [folder.path], ...fakeRegistry() }, new Date(0)),
      'berlin-small'
    )
  }

  it('is the same when the file only looks different', async () => {
    const before = revisionOf(await small())
    await folder.change(PLANS, '    free: true\n', '')
    await folder.change(
      PLANS,
      '    driverPlan:',
      '    # The price is on us.\n    free: true\n    driverPlan:'
    )

    expect(revisionOf(await small())).to.deep.equal(before)
  })

  it('is another one when the plan says something else', async () => {
    const before = revisionOf(await small())
    await folder.change(PLANS, 'connections: 5', 'connections: 6')

    expect(revisionOf(await small()).digest).to.not.equal(before.digest)
  })

  it('holds the whole plan', async () => {
    const plan = await small()
    const { body, digest } = revisionOf(plan)

    expect(JSON.parse(body)).to.deep.equal(plan)
    expect(digest).to.match(/^[0-9a-f]{64}$/)
  })
})
