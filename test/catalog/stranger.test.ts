import { expect } from 'chai'
import { openCatalog } from '../../src/catalog/holder.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { type CatalogFolder, catalogFolder } from '../support/catalog-folder.ts'
import { platformSeeing } from '../support/platform.ts'

const SETTINGS = {
  adapter: 'postgresql-server',
  servers: [
    {
      name: 'main',
      region: 'oslo-1',
      host: 'db.oslo.example',
      user: 'portolan',
      password: 'made-up-for-this-test'
    }
  ]
}

const PROVIDER = `kind: provider
displayName: Oslo
country: NO
regions:
  - { name: oslo-1, country: NO }
`

const PLANS = `kind: plans
plans:
  - id: 0a7a7ae1-0a3c-4fb7-a1a9-1f62a2e6d5c4
    name: oslo-small
    description: A database in Oslo
    regions: [oslo-1]
    free: false
    isolation: shared
    driverPlan: { connections: 5 }
`

describe('A stranger who runs PostgreSQL in Oslo', () => {
  let folder: CatalogFolder

  beforeEach(async () => {
    folder = await catalogFolder()
  })

  afterEach(() => folder.delete())

  it('sells by two files and settings, without a line of code', async () => {
    await folder.write('providers/oslo/provider.yaml', PROVIDER)
    await folder.write('providers/oslo/postgresql.yaml', PLANS)
    const registry = await openRegistry({ providers: { oslo: SETTINGS } })

    const holder = await openCatalog({ folders: [folder.path], providers: registry.adapters, registry })
    const { identity } = holder.bytesFor(platformSeeing({ countries: ['NO'] }))
    holder.close()

    const { services } = JSON.parse(identity.toString()) as {
      services: readonly { name: string; plans: readonly { name: string; bindable: boolean }[] }[]
    }
    expect(services.map(({ name }) => name)).to.deep.equal(['postgresql'])
    expect(services[0]?.plans.map(({ name, bindable }) => ({ name, bindable }))).to.deep.equal([
      { name: 'oslo-small', bindable: true }
    ])
    expect(registry.driver('oslo', 'postgresql')?.create).to.be.a('function')
  })
})
