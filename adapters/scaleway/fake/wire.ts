import type { Order } from '../../../src/contract/adapter.ts'
import type { Json, JsonObject } from '../../../src/contract/json.ts'
import { fixture as fixtureAt, useProviderMock } from '../../../test/support/provider-mock.ts'
import { adapter } from '../index.ts'
import { PROJECT } from './start-fake.ts'

export const ID = 'e3e9e078-0000-4000-8000-000000000001'
export const ROOT = '/rdb/v1/regions/fr-par'
export const AT = `${ROOT}/instances/${ID}`

export const order: Order = {
  name: 'paaaaaaaaaaaaaaaaaaaa',
  mark: { broker: 'broker-1', resource: 'resource-1', generation: 1 },
  region: 'fr-par',
  plan: { engine: 'PostgreSQL-15', nodeType: 'DB-DEV-S', volumeType: 'sbs_5k', volumeSizeGb: 10 },
  parameters: {},
  labels: {},
  allowFrom: ['192.0.2.0/24', '198.51.100.7/32'],
  secret: (label) => `secret-of-${label}-0123456789`
}

export const chosen = {
  v: 1,
  region: 'fr-par',
  name: order.name,
  ...order.mark,
  password: 'secret-of-admin-0123456789Aa1!'
} as const

export const made = { ...chosen, id: ID, seen: true, made: true } as const

export function fixture(name: string): Json {
  return fixtureAt(import.meta.url, `../fixtures/${name}.json`)
}

/** To be called inside `describe`: the adapter at Scaleway's own address, and what each of its requests must be, to the byte. */
export function useWire() {
  const mock = useProviderMock('https://api.scaleway.com')
  const sends = { 'x-auth-token': 'the-key', accept: 'application/json' }
  const listed = (filter: Record<string, string>) => ({
    method: 'GET' as const,
    path: `${ROOT}/instances`,
    query: { project_id: PROJECT, page: '1', page_size: '100', order_by: 'created_at_asc', ...filter },
    sends
  })
  return {
    mock,
    sends,
    listed,
    drivers: adapter.open({ secretKey: 'the-key', projectId: PROJECT }).drivers,
    nothingThere(): void {
      const empty = { status: 200, body: fixture('postgresql-list-empty') }
      mock.expect(listed({ tags: 'portolan-resource=resource-1' }), empty)
      mock.expect(listed({ name: order.name }), empty)
    },
    ready(extra: JsonObject = {}): void {
      const body = { ...(fixture('postgresql-get-ready') as JsonObject), ...extra }
      mock.expect({ method: 'GET', path: AT, sends }, { status: 200, body })
    }
  }
}
