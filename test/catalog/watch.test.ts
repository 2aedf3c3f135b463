import { expect } from 'chai'
import { type CatalogHolder, openCatalog } from '../../src/catalog/holder.ts'
import type { Catalog } from '../../src/domain/offer.ts'
import { type CatalogFolder, catalogFolder } from '../support/catalog-folder.ts'
import { planNamed } from '../support/example-catalog.ts'
import { fakeRegistry } from '../support/fake-registry.ts'

const PLANS = 'providers/berlin/postgresql.yaml'

describe('Watching the files of the catalog', () => {
  let folder: CatalogFolder
  let holder: CatalogHolder
  let next: (fits: (catalog: Catalog) => boolean) => Promise<Catalog>

  beforeEach(async () => {
    folder = await catalogFolder()
    const waiting = new Set<(catalog: Catalog) => void>()
    next = (fits) =>
      new Promise((resolve) => {
        waiting.add((catalog) => {
          if (fits(catalog)) resolve(catalog)
        })
      })
    holder = await openCatalog({
      folders: [folder.path],
      ...fakeRegistry({ providers: ['berlin'] }),
      onChange: (catalog) => {
        for (const each of waiting) each(catalog)
      }
    })
  })

  afterEach(async () => {
    holder.close()
    await folder.delete()
  })

  it('a changed file is the catalog without a restart', async () => {
    const seen = next((catalog) => planNamed(catalog, 'berlin-small').driverPlan['connections'] === 7)

    await folder.change(PLANS, 'connections: 5', 'connections: 7')

    expect((await seen).offerings).to.have.length(1)
  })

  it('a folder that was replaced is watched again', async () => {
    const gone = next((catalog) => catalog.offerings.length === 0)
    await folder.remove('providers/paris')
    await folder.remove(PLANS)
    await gone

    const back = next((catalog) => catalog.offerings.length === 1)
    await folder.write(
      PLANS,
      `kind: plans
plans:
  - id: 7f3b62a8-99f4-4198-9691-40140489e237
    name: berlin-new
    description: Written anew
    regions: [berlin-1]
    free: true
    isolation: shared
    driverPlan: { connections: 1 }
`
    )

    expect(planNamed(await back, 'berlin-new').driverPlan).to.deep.equal({ connections: 1 })
  })
})
