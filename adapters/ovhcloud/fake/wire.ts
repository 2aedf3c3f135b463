import type { Order } from '../../../src/contract/adapter.ts'
import type { Json, JsonObject } from '../../../src/contract/json.ts'
import { NOW } from '../../../test/support/http-call.ts'
import {
  fixture as fixtureAt,
  type MockedAnswer,
  useProviderMock
} from '../../../test/support/provider-mock.ts'
import { adapter } from '../index.ts'
import { signatureOf } from '../signature.ts'
import { APPLICATION, PROJECT } from './start-fake.ts'

export const ID = '9f3c1d2e-0000-4000-8000-000000000001'
export const ROOT = `/1.0/cloud/project/${PROJECT}/database/postgresql`
export const AT = `${ROOT}/${ID}`

export const order: Order = {
  name: 'paaaaaaaaaaaaaaaaaaaa',
  mark: { broker: 'broker-1', resource: 'resource-1', generation: 1 },
  region: 'GRA',
  plan: { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 },
  parameters: {},
  labels: {},
  allowFrom: ['192.0.2.0/24', '198.51.100.7/32'],
  secret: (label) => `secret-of-${label}`
}

export const chosen = { v: 1, region: 'GRA', name: order.name, ...order.mark, diskGb: 80 } as const
export const made = { ...chosen, id: ID, seen: true, password: 'AVNS_made-up', made: true } as const

export function fixture(name: string): Json {
  return fixtureAt(import.meta.url, `../fixtures/${name}.json`)
}

/** What OVHcloud's clock is ahead of ours. */
const AHEAD_SECONDS = 100
export const TIMESTAMP = NOW.getTime() / 1000 + AHEAD_SECONDS

/** To be called inside `describe`: the adapter with application keys, and what each of its requests must be, to the byte. */
export function useApplicationKeys() {
  const mock = useProviderMock('https://eu.api.ovh.com')
  const accept = { accept: 'application/json' }
  const open = (settings: JsonObject = {}) => adapter.open({ project: PROJECT, ...APPLICATION, ...settings })

  function sends(method: string, path: string, body = '', at = TIMESTAMP) {
    const url = `https://eu.api.ovh.com${path}`
    return {
      ...accept,
      'x-ovh-application': APPLICATION.applicationKey,
      'x-ovh-consumer': APPLICATION.consumerKey,
      'x-ovh-timestamp': String(at),
      'x-ovh-signature': signatureOf({ ...APPLICATION, method, url, body, timestamp: at }),
      ...(body === '' ? {} : { 'content-type': 'application/json;charset=utf-8' })
    }
  }

  function expectCall(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    answer: MockedAnswer,
    body?: Json
  ): void {
    const text = body === undefined ? '' : JSON.stringify(body)
    mock.expect(
      { method, path, sends: sends(method, path, text), ...(body === undefined ? {} : { body }) },
      answer
    )
  }

  return {
    mock,
    open,
    driver: () => open().drivers['postgresql'],
    sends,
    expectCall,
    expectTime(seconds = TIMESTAMP): void {
      mock.expect({ method: 'GET', path: '/1.0/auth/time', sends: accept }, { status: 200, body: seconds })
    },
    ready(extra: JsonObject = {}): void {
      const body = { ...(fixture('postgresql-get-ready') as JsonObject), ...extra }
      expectCall('GET', AT, { status: 200, body })
    }
  }
}
