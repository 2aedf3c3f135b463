import type { Json, JsonObject } from '../../src/contract/json.ts'
import { isObject } from '../../src/contract/read.ts'
import type { Catalog, Offering, Plan, Provider } from '../../src/domain/offer.ts'
import type { Platform } from '../../src/domain/platform.ts'
import { visibleRegions } from '../../src/identity/visibility.ts'

export const SERVICE = 'offering-box'
export const OTHER_SERVICE = 'offering-chest'

const schema: JsonObject = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  additionalProperties: false,
  properties: {
    region: { type: 'string' },
    size: { type: 'integer' },
    secret: { type: 'string', writeOnly: true },
    switch: { type: 'object' }
  }
}
const bindSchema: JsonObject = {
  ...schema,
  properties: { access: { type: 'string' }, token: { type: 'string', writeOnly: true } }
}

export function planNamed(name: string, change: Partial<Plan> = {}): Plan {
  return {
    id: `plan-${name}`,
    name,
    description: `the plan ${name}`,
    offeringId: SERVICE,
    family: 'box',
    provider: 'north',
    driverPlan: { size: name },
    regions: ['harbour', 'hill'],
    defaultRegion: 'harbour',
    synchronous: true,
    free: true,
    bindable: true,
    bindingRotatable: true,
    planUpdateable: true,
    maximumPollingDurationSeconds: 7200,
    isolation: 'shared',
    metadata: {},
    createSchema: schema,
    updateSchema: schema,
    bindSchema,
    ...change
  }
}

export const PLANS: readonly Plan[] = [
  planNamed('quick'),
  planNamed('quick-large'),
  planNamed('slow', { synchronous: false }),
  planNamed('slow-large', { synchronous: false }),
  planNamed('fixed', { planUpdateable: false }),
  planNamed('closed', { bindable: false }),
  planNamed('stiff', { bindingRotatable: false }),
  planNamed('kept', { maintenanceInfo: { version: '1.2.0', description: 'as it is now' } }),
  planNamed('lasting', { bindingLifetimeSeconds: 86_400, renewLeadSeconds: 3600 }),
  planNamed('abroad', { provider: 'south' }),
  planNamed('chest', { offeringId: OTHER_SERVICE })
]

const providers: readonly Provider[] = ['north', 'south'].map((name) => ({
  name,
  displayName: name,
  country: name === 'north' ? 'DE' : 'FR',
  regions: [
    { name: 'harbour', country: name === 'north' ? 'DE' : 'FR' },
    { name: 'hill', country: 'AT' }
  ],
  certifications: name === 'north' ? ['c5'] : []
}))

export function catalogOf(plans: readonly Plan[] = PLANS): Catalog {
  const offerings: Offering[] = [SERVICE, OTHER_SERVICE].map((id) => ({
    id,
    name: id,
    description: id,
    family: 'box',
    tags: [],
    metadata: {},
    allowContextUpdates: id === SERVICE,
    plans: plans.filter((plan) => plan.offeringId === id)
  }))
  return {
    offerings,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    offering: (id) => offerings.find((each) => each.id === id),
    plan: (id) => plans.find((each) => each.id === id)
  }
}

export function seenBy(catalog: Catalog, platform: Platform): Catalog {
  const plans = catalog.offerings.flatMap(({ plans: all }) =>
    all.flatMap((plan) => {
      const provider = catalog.providers.get(plan.provider)
      const regions = provider ? visibleRegions(platform, plan, provider) : []
      const [first] = regions
      return first === undefined
        ? []
        : [
            {
              ...plan,
              regions,
              defaultRegion: regions.includes(plan.defaultRegion) ? plan.defaultRegion : first
            }
          ]
    })
  )
  const seen = catalogOf(plans)
  return {
    ...seen,
    offering: (id) => seen.offerings.find((each) => each.id === id && each.plans.length > 0)
  }
}

/** Names and types only: the real validator is the catalog's, and tested there. */
export function validate(kind: 'create' | 'update' | 'bind', plan: Plan, value: unknown) {
  const { properties } = { create: plan.createSchema, update: plan.updateSchema, bind: plan.bindSchema }[kind]
  if (!isObject(value as Json) || !isObject(properties)) return []
  return Object.entries(value as JsonObject).flatMap(([name, each]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!isObject(property)) return [{ field: `parameters.${name}`, text: 'is not known' }]
    const type = Number.isInteger(each) ? 'integer' : typeof each
    return type === property['type']
      ? []
      : [{ field: `parameters.${name}`, text: `must be ${String(property['type'])}` }]
  })
}
