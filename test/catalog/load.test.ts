import { expect } from 'chai'
import { loadCatalog } from '../../src/catalog/load.ts'
import { CatalogError } from '../../src/catalog/problem.ts'
import { parameterValidators } from '../../src/catalog/validators.ts'
import type { Driver } from '../../src/contract/adapter.ts'
import { openRegistry } from '../../src/registry/registry.ts'
import { type CatalogFolder, catalogFolder, DEFAULT_CATALOG } from '../support/catalog-folder.ts'
import { EXAMPLE_CATALOG, EXAMPLE_PROVIDERS, planNamed } from '../support/example-catalog.ts'
import { FAKE_DRIVER, FAKE_FAMILY, fakeRegistry } from '../support/fake-registry.ts'

const TODAY = new Date('2026-11-24T12:00:00Z')

const EXAMPLE = fakeRegistry({
  providers: ['alder', 'birch'],
  driver: { ...FAKE_DRIVER, planSchema: {} },
  family: { ...FAKE_FAMILY, name: 'example' }
})

describe('The catalog of the repository', () => {
  it('has one offering with two plans of each local provider', async () => {
    const catalog = await loadCatalog({ folders: [DEFAULT_CATALOG], ...fakeRegistry() }, TODAY)

    expect(catalog.offerings.map(({ name }) => name)).to.deep.equal(['postgresql'])
    expect(catalog.offerings[0]?.plans.map(({ name }) => name)).to.deep.equal([
      'berlin-small',
      'berlin-medium',
      'paris-small',
      'paris-medium'
    ])
  })

  it('has for each plan what the core needs', async () => {
    const catalog = await loadCatalog({ folders: [DEFAULT_CATALOG], ...fakeRegistry() }, TODAY)
    const plan = planNamed(catalog, 'berlin-small')

    expect(plan).to.deep.include({
      id: '7f3b62a8-99f4-4198-9691-40140489e237',
      name: 'berlin-small',
      offeringId: 'a232e140-a227-48b7-a5d3-00bc46c559f4',
      family: 'postgresql',
      provider: 'berlin',
      driverPlan: { connections: 5 },
      regions: ['berlin-1'],
      defaultRegion: 'berlin-1',
      synchronous: true,
      free: true,
      bindable: true,
      bindingRotatable: true,
      planUpdateable: true,
      maximumPollingDurationSeconds: 97_200,
      isolation: 'shared'
    })
    expect(plan.metadata).to.deep.include({
      costs: [{ amount: { eur: 0 }, unit: 'MONTHLY' }],
      isolation: 'shared'
    })
  })

  it('C-05 keeps its ids for ever: these are them', async () => {
    const catalog = await loadCatalog({ folders: [DEFAULT_CATALOG], ...fakeRegistry() }, TODAY)

    expect(catalog.offerings.flatMap(({ id, plans }) => [id, ...plans.map((plan) => plan.id)])).to.deep.equal(
      [
        'a232e140-a227-48b7-a5d3-00bc46c559f4',
        '7f3b62a8-99f4-4198-9691-40140489e237',
        '32e48068-1a26-4bab-8149-31f74f572c29',
        '3c948853-1abf-40b0-a95a-ef1de61675e2',
        'cb23a613-e1d9-47a3-b1c4-6db73d833b4c'
      ]
    )
  })

  it('shows only providers that have settings', async () => {
    const catalog = await loadCatalog(
      { folders: [DEFAULT_CATALOG], ...fakeRegistry({ providers: ['paris'] }) },
      TODAY
    )

    expect([...catalog.providers.keys()]).to.deep.equal(['paris'])
    expect(catalog.plan('7f3b62a8-99f4-4198-9691-40140489e237')).to.equal(undefined)
    expect(catalog.plan('3c948853-1abf-40b0-a95a-ef1de61675e2')?.name).to.equal('paris-small')
  })

  it('shows no offering that nobody sells', async () => {
    const catalog = await loadCatalog(
      { folders: [DEFAULT_CATALOG], ...fakeRegistry({ providers: [] }) },
      TODAY
    )

    expect(catalog.offerings).to.deep.equal([])
    expect(catalog.offering('a232e140-a227-48b7-a5d3-00bc46c559f4')).to.equal(undefined)
  })
})

describe('A catalog', () => {
  let folder: CatalogFolder

  beforeEach(async () => {
    folder = await catalogFolder()
  })

  afterEach(() => folder.delete())

  it('with a mistake does not load, and the error lists it', async () => {
    await folder.change('services/postgresql.yaml', 'family: postgresql', 'family: none')

    const error = await loadCatalog({ folders: [folder.path], ...fakeRegistry() }, TODAY).catch(
      (each: unknown) => each
    )

    expect(error).to.be.instanceOf(CatalogError)
    expect((error as CatalogError).message).to.equal(
      `${folder.path}/services/postgresql.yaml:5: family none is not known`
    )
  })

  it('says plan_updateable where the driver can update and the file says nothing', async () => {
    const { update: _, ...driver } = FAKE_DRIVER
    const catalog = await loadCatalog({ folders: [folder.path], ...fakeRegistry({ driver }) }, TODAY)

    expect(planNamed(catalog, 'berlin-small').planUpdateable).to.equal(false)
  })

  it('adds region to what may be set, and the switch directive to updates, where nothing is required', async () => {
    const parameters = {
      $schema: 'http://json-schema.org/draft-04/schema#',
      type: 'object',
      required: ['size'],
      properties: { size: { type: 'integer', default: 3 } }
    }
    const { registry, providers } = fakeRegistry({ family: { ...FAKE_FAMILY, parameters } })
    const catalog = await loadCatalog({ folders: [folder.path], registry, providers }, TODAY)
    const { createSchema, updateSchema, bindSchema } = planNamed(catalog, 'berlin-small')

    expect(createSchema).to.deep.include({ required: ['size'], additionalProperties: false })
    expect(createSchema['properties']).to.deep.equal({
      size: { type: 'integer', default: 3 },
      region: {
        title: 'Region',
        description: 'Where the service runs.',
        type: 'string',
        enum: ['berlin-1'],
        default: 'berlin-1'
      }
    })
    expect(updateSchema).to.not.have.property('required')
    expect(updateSchema['properties']).to.have.all.keys('size', 'region', 'switch')
    expect(updateSchema).to.have.nested.property('properties.size').deep.equal({ type: 'integer' })
    expect(updateSchema).to.not.have.nested.property('properties.region.default')
    expect(bindSchema['properties']).to.have.all.keys('access')
  })

  it('offers of a binding parameter what the plan can give, tells what would be right, and takes all where nothing is said', async () => {
    const driver: Driver = {
      ...FAKE_DRIVER,
      bindChoices: ({ connections }): Readonly<Record<string, readonly string[]>> =>
        connections === 5 ? { access: ['read-write'] } : {}
    }
    const catalog = await loadCatalog({ folders: [folder.path], ...fakeRegistry({ driver }) }, TODAY)
    const validate = parameterValidators()
    const small = planNamed(catalog, 'berlin-small')

    expect(small.bindSchema['properties']).to.deep.equal({
      access: {
        description: 'This plan takes read-write only.',
        type: 'string',
        enum: ['read-write'],
        default: 'read-write'
      }
    })
    expect(validate('bind', small, { access: 'read-only' })).to.deep.equal([
      { field: 'parameters.access', text: 'must be "read-write"' }
    ])
    expect(validate('bind', small, { access: 'read-write' })).to.deep.equal([])
    const medium = planNamed(catalog, 'berlin-medium')
    expect(validate('bind', medium, { access: 'read-only' })).to.deep.equal([])
  })

  it('counts a certification until its last day', async () => {
    const providerOn = async (day: string): Promise<readonly string[] | undefined> => {
      const catalog = await loadCatalog({ folders: [EXAMPLE_CATALOG], ...EXAMPLE }, new Date(day))
      return catalog.providers.get('birch')?.certifications
    }

    expect(await providerOn('2020-12-31T23:59:59Z')).to.deep.equal(['ISO-27001', 'C5-2020-type-2', 'HDS-2'])
    expect(await providerOn('2021-01-01T00:00:00Z')).to.deep.equal(['ISO-27001', 'C5-2020-type-2'])
  })
})

describe('The catalog of the tests', () => {
  it('fits the adapter memory, and has every kind of plan', async () => {
    const registry = await openRegistry({ providers: EXAMPLE_PROVIDERS })
    const catalog = await loadCatalog(
      { folders: [EXAMPLE_CATALOG], providers: registry.adapters, registry },
      TODAY
    )
    const plans = catalog.offerings.flatMap((offering) => offering.plans)

    expect(catalog.offerings.map(({ name }) => name)).to.deep.equal(['example', 'shelf'])
    expect(new Set(plans.map(({ provider }) => provider))).to.deep.equal(new Set(['alder', 'birch']))
    for (const flag of ['synchronous', 'free', 'bindable', 'bindingRotatable', 'planUpdateable'] as const) {
      expect(new Set(plans.map((plan) => plan[flag])), flag).to.deep.equal(new Set([true, false]))
    }
  })
})
