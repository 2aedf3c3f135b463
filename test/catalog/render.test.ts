import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { type CatalogHolder, openCatalog } from '../../src/catalog/holder.ts'
import { schemaFaults } from '../../src/catalog/schema-faults.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import type { Platform } from '../../src/domain/platform.ts'
import { DEFAULT_CATALOG } from '../support/catalog-folder.ts'
import { EXAMPLE_CATALOG } from '../support/example-catalog.ts'
import { FAKE_DRIVER, FAKE_FAMILY, fakeRegistry } from '../support/fake-registry.ts'
import { platformSeeing } from '../support/platform.ts'

interface WirePlan {
  readonly id: string
  readonly name: string
  readonly [key: string]: Json
}

interface WireOffering {
  readonly id: string
  readonly name: string
  readonly plans: readonly WirePlan[]
  readonly [key: string]: Json
}

const NOT_WATCHED = { watcher: () => ({ follow: () => {}, close: () => {} }) }
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/

const CATALOGS = {
  'of the repository': { folders: [DEFAULT_CATALOG], ...fakeRegistry() },
  'of the tests': {
    folders: [EXAMPLE_CATALOG],
    ...fakeRegistry({
      providers: ['alder', 'birch'],
      driver: { ...FAKE_DRIVER, planSchema: {} },
      family: { ...FAKE_FAMILY, name: 'example' }
    })
  }
}

function served(holder: CatalogHolder, platform: Platform): readonly WireOffering[] {
  const body = JSON.parse(holder.bytesFor(platform).identity.toString()) as {
    services: readonly WireOffering[]
  }
  return body.services
}

for (const [title, options] of Object.entries(CATALOGS)) {
  describe(`GET /v2/catalog, the catalog ${title}`, () => {
    let holder: CatalogHolder
    let offerings: readonly WireOffering[]
    let plans: readonly WirePlan[]

    before(async () => {
      holder = await openCatalog({ ...options, ...NOT_WATCHED })
      offerings = served(holder, platformSeeing())
      plans = offerings.flatMap((offering) => offering.plans)
    })

    it('C-02 has a list of services, each (C-03) with name, id, description, bindable and a plan', () => {
      expect(offerings).to.not.have.length(0)
      for (const offering of offerings) {
        expect(offering).to.include.keys('name', 'id', 'description', 'bindable', 'plans')
        expect(offering['description']).to.match(/\S/)
        expect(offering['bindable']).to.be.a('boolean')
        expect(offering.plans).to.not.have.length(0)
      }
      expect(new Set(offerings.map(({ name }) => name))).to.have.length(offerings.length)
    })

    it('C-04 uses no id twice, and GUIDs in lower case', () => {
      const ids = [...offerings, ...plans].map(({ id }) => id)

      expect(new Set(ids)).to.have.length(ids.length)
      for (const id of ids) expect(id).to.match(GUID)
    })

    it('C-05 has the same ids and the same bytes when it is loaded again', async () => {
      const again = await openCatalog({ ...options, ...NOT_WATCHED })

      expect(
        again.bytesFor(platformSeeing()).identity.equals(holder.bytesFor(platformSeeing()).identity)
      ).to.equal(true)
    })

    it('C-06 has names for a command line', () => {
      for (const { name } of [...offerings, ...plans]) expect(name).to.match(/^[a-z0-9][a-z0-9.-]{0,62}$/)
    })

    it('C-07 has tags that are texts, and no requires', () => {
      for (const offering of offerings) {
        if (offering['tags'] !== undefined) {
          expect(offering['tags']).to.be.an('array')
          for (const tag of offering['tags'] as readonly Json[]) expect(tag).to.be.a('string')
        }
        expect(offering).to.not.have.property('requires')
      }
    })

    it('C-08 states the flags of an offering as booleans, in their spelling', () => {
      for (const offering of offerings) {
        for (const flag of [
          'instances_retrievable',
          'bindings_retrievable',
          'allow_context_updates',
          'plan_updateable'
        ]) {
          expect(offering[flag], flag).to.be.a('boolean')
        }
        expect(offering['bindings_retrievable'], 'asynchronous binds need it').to.equal(true)
        expect(offering).to.not.have.property('plan_updatable')
      }
    })

    it('C-09 has metadata that are objects, with documentationUrl as a text, and no dashboard_client', () => {
      for (const offering of offerings) {
        const metadata = (offering['metadata'] ?? {}) as JsonObject
        expect(metadata).to.be.an('object')
        if ('documentationUrl' in metadata) expect(metadata['documentationUrl']).to.be.a('string')
        expect(offering).to.not.have.property('dashboard_client')
      }
    })

    it('C-10 has plans with id, description and a name of their own within the offering', () => {
      for (const offering of offerings) {
        expect(new Set(offering.plans.map(({ name }) => name))).to.have.length(offering.plans.length)
        for (const plan of offering.plans) expect(plan['description']).to.match(/\S/)
      }
    })

    it('C-11 states free, bindable, binding_rotatable and plan_updateable on every plan', () => {
      for (const plan of plans) {
        for (const flag of ['free', 'bindable', 'binding_rotatable', 'plan_updateable']) {
          expect(plan[flag], `${plan.name} ${flag}`).to.be.a('boolean')
        }
        expect(Number.isInteger(plan['maximum_polling_duration'])).to.equal(true)
      }
    })

    it('C-12 has semantic versions in maintenance_info', () => {
      for (const plan of plans) {
        const info = plan['maintenance_info'] as JsonObject | undefined
        if (info) expect(info['version']).to.match(SEMVER)
      }
    })

    it('C-13 C-14 C-15 C-16 has parameter schemas that every platform takes', () => {
      for (const plan of plans) {
        const schemas = parameterSchemas(plan)
        expect(schemas).to.have.length(plan['bindable'] === true ? 3 : 2)
        for (const schema of schemas) expect(schemaFaults(schema), plan.name).to.deep.equal([])
      }
    })

    it('C-17 says bindable of an offering when one of its plans is', () => {
      for (const offering of offerings) {
        expect(offering['bindable']).to.equal(offering.plans.some((plan) => plan['bindable']))
      }
    })

    it('has no null anywhere', () => {
      expect(holder.bytesFor(platformSeeing()).identity.toString()).to.not.match(/:null|\[null|,null/)
    })

    it('C-18 has a strong ETag made of its bytes, another one for gzip', () => {
      const { etag, gzipEtag, identity, gzip } = holder.bytesFor(platformSeeing())

      expect(etag).to.equal(`"${createHash('sha256').update(identity).digest('base64url')}"`)
      expect(gzipEtag)
        .to.match(/^"[^"]+"$/)
        .and.not.equal(etag)
      expect(gunzipSync(gzip).equals(identity)).to.equal(true)
    })
  })
}

describe('What a platform sees in the catalog', () => {
  let holder: CatalogHolder

  before(async () => {
    holder = await openCatalog({ ...CATALOGS['of the tests'], ...NOT_WATCHED })
  })

  it('is one object for all platforms that see the same', () => {
    const one = holder.bytesFor(platformSeeing({}, 'one'))
    const two = holder.bytesFor(platformSeeing({ countries: ['DE', 'AT', 'FI'] }, 'two'))

    expect(two).to.equal(one)
  })

  it('is other bytes with another ETag where it differs', () => {
    const one = holder.bytesFor(platformSeeing())
    const two = holder.bytesFor(platformSeeing({ countries: ['AT'] }))

    expect(two.etag).to.not.equal(one.etag)
  })

  it('has the regions cut, with a default among them, and no word of the hidden ones', () => {
    const platform = platformSeeing({ countries: ['AT'] })
    const [offering] = served(holder, platform)
    const plan = offering?.plans.find(({ name }) => name === 'alder-sync')

    expect(plan)
      .to.have.nested.property('schemas.service_instance.create.parameters.properties.region')
      .deep.include({
        enum: ['alder-2'],
        default: 'alder-2'
      })
    expect(plan)
      .to.have.nested.property('schemas.service_instance.update.parameters.properties.region.enum')
      .deep.equal(['alder-2'])
    expect(holder.bytesFor(platform).identity.toString()).to.not.match(/alder-1|birch/)
  })

  it('keeps the default of the file where that is visible', () => {
    const plan = holder.seenBy(platformSeeing()).plan('3dace2a9-f910-40e3-b8d1-396fd74c6db6')

    expect(plan).to.include({ name: 'alder-async', defaultRegion: 'alder-2' })
  })

  it('has no plan without a region and no offering without a plan', () => {
    const offerings = served(holder, platformSeeing({ certifications: ['C5-2020-type-2'] }))

    expect(offerings.map(({ name }) => name)).to.deep.equal(['example'])
    expect(offerings[0]?.plans.map(({ name }) => name)).to.deep.equal(['birch-sync', 'birch-async'])
  })

  it('C-02 may be nothing: an empty list', () => {
    const { identity } = holder.bytesFor(platformSeeing({ providers: [] }))

    expect(identity.toString()).to.equal('{"services":[]}')
  })

  it('does not know a hidden plan, like one that never was', () => {
    const birch = 'e10018cc-2b49-4fad-af98-53f5c788860d'

    expect(holder.current().plan(birch)?.name).to.equal('birch-sync')
    expect(holder.seenBy(platformSeeing({ providers: ['alder'] })).plan(birch)).to.equal(undefined)
  })

  it('leaves the catalog itself as it is', () => {
    holder.bytesFor(platformSeeing({ countries: ['AT'] }))

    expect(holder.current().offerings[0]?.plans[0]?.regions).to.deep.equal(['alder-1', 'alder-2'])
  })
})

function parameterSchemas(plan: WirePlan): readonly JsonObject[] {
  const { service_instance: instance, service_binding: binding } = plan['schemas'] as {
    service_instance: { create: { parameters: JsonObject }; update: { parameters: JsonObject } }
    service_binding?: { create: { parameters: JsonObject } }
  }
  const bind = binding ? [binding.create.parameters] : []
  return [instance.create.parameters, instance.update.parameters, ...bind]
}
