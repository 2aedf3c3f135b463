import type { Driver } from '../../src/contract/adapter.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Registry } from '../../src/registry/registry.ts'

export const FAKE_DRIVER: Driver = {
  planSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['connections'],
    properties: { connections: { type: 'integer', minimum: 1, maximum: 100 }, storageGb: { type: 'integer' } }
  },
  create: () => Promise.reject(new Error('not called')),
  observe: () => Promise.reject(new Error('not called')),
  destroy: () => Promise.reject(new Error('not called')),
  access: () => Promise.reject(new Error('not called')),
  update: () => Promise.reject(new Error('not called'))
}

const EMPTY: JsonObject = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  additionalProperties: false,
  properties: {}
}

export const FAKE_FAMILY: Family = {
  name: 'postgresql',
  parameters: EMPTY,
  bindParameters: {
    ...EMPTY,
    properties: { access: { type: 'string', enum: ['read-write', 'read-only'], default: 'read-write' } }
  },
  credentials: () => ({}),
  bind: () => Promise.reject(new Error('not called')),
  unbind: () => Promise.reject(new Error('not called'))
}

/** The catalog of the repository offers these too; without plans of a provider they are left out. */
const ALSO_OFFERED = ['mysql', 'object-storage', 'redis']

export interface FakeCode {
  readonly providers?: readonly string[]
  readonly driver?: Driver
  readonly family?: Family
  /** Instead of the one driver. */
  readonly drivers?: Readonly<Record<string, Driver>>
}

/** Every provider sells the one family with the one driver. */
export function fakeRegistry({
  providers = ['berlin', 'paris'],
  driver = FAKE_DRIVER,
  family = FAKE_FAMILY,
  drivers = { [family.name]: driver }
}: FakeCode = {}): {
  readonly providers: Readonly<Record<string, string>>
  readonly registry: Registry
} {
  return {
    providers: Object.fromEntries(providers.map((name) => [name, 'fake'])),
    registry: {
      provider: (name) =>
        providers.includes(name) ? { adapter: { drivers, ping: async () => {} }, drivers } : undefined,
      family: (name) => {
        if (name === family.name) return family
        return ALSO_OFFERED.includes(name) ? { ...FAKE_FAMILY, name } : undefined
      }
    }
  }
}
