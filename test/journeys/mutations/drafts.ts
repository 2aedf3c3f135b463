import type { Json, JsonObject } from '../../../src/contract/json.ts'
import type { Seeded } from '../../support/seeded.ts'
import type { World } from './world.ts'

/** A request before it becomes bytes. */
export interface Draft {
  method: string
  /** Latin-1; written as it is. */
  target: string
  headers: [string, string][]
  body: Buffer | undefined
}

/**
 * Where a mutation may go, so that whatever comes of it is still nothing that rightly changes something. `path`: the ids in it name
 * nothing. `body`: what it asks for is there already, or cannot be. `inside`: only below one key that is not allowed at all.
 */
export type Place = 'path' | 'body' | 'inside'

export interface Base {
  readonly name: string
  readonly place: Place
  readonly method: string
  readonly target: string
  readonly body?: JsonObject
  /** With `inside`: the body around a wild value. */
  readonly around?: (wild: Json) => JsonObject
}

const NOBODYS = '00000000-0000-4000-8000-000000000000'
const ALDER = {
  service_id: '80170fa6-e4c0-4a2c-8fc0-9aa2bbe465d1',
  plan_id: '6f06daeb-11be-42dd-b598-318f66e43ecf'
}
const WHERE = { organization_guid: 'org', space_guid: 'space' }

export function bases(world: World): readonly Base[] {
  const { service, plan, instance, binding, provisionBody, bindBody } = world
  const ids = { service_id: service, plan_id: plan }
  const there = `/v2/service_instances/${instance}`
  const bound = `${there}/service_bindings/${binding}`
  const nowhere = `/v2/service_instances/${NOBODYS}`
  const unbound = `${there}/service_bindings/${NOBODYS}`
  const impossible = { service_id: service, plan_id: NOBODYS, ...WHERE }
  const wrong = `service_id=${service}&plan_id=${NOBODYS}`
  return [
    { name: 'catalog', place: 'path', method: 'GET', target: '/v2/catalog' },
    { name: 'provision again', place: 'body', method: 'PUT', target: there, body: provisionBody },
    { name: 'provision the impossible', place: 'path', method: 'PUT', target: nowhere, body: impossible },
    {
      name: 'provision wildly',
      place: 'inside',
      method: 'PUT',
      target: nowhere,
      around: (wild) => ({ ...ids, ...WHERE, parameters: { never: wild } })
    },
    {
      name: 'provision a wild box',
      place: 'inside',
      method: 'PUT',
      target: nowhere,
      around: (wild) => ({
        ...ALDER,
        ...WHERE,
        parameters: { title: 'Not A Title', passphrase: wild, shelves: wild, never: 1 }
      })
    },
    {
      name: 'update without effect',
      place: 'body',
      method: 'PATCH',
      target: there,
      body: { service_id: service, parameters: { region: 'quay-1' } }
    },
    {
      name: 'update wildly',
      place: 'inside',
      method: 'PATCH',
      target: there,
      around: (wild) => ({ ...ids, parameters: { never: wild } })
    },
    { name: 'update the unknown', place: 'path', method: 'PATCH', target: nowhere, body: ids },
    { name: 'fetch', place: 'path', method: 'GET', target: there },
    { name: 'poll', place: 'path', method: 'GET', target: `${there}/last_operation?operation=x` },
    { name: 'deprovision wrongly', place: 'path', method: 'DELETE', target: `${there}?${wrong}` },
    { name: 'bind again', place: 'body', method: 'PUT', target: bound, body: bindBody },
    { name: 'bind the impossible', place: 'path', method: 'PUT', target: unbound, body: impossible },
    {
      name: 'bind wildly',
      place: 'inside',
      method: 'PUT',
      target: unbound,
      around: (wild) => ({ ...ids, parameters: { never: wild } })
    },
    {
      name: 'rotate the unknown',
      place: 'inside',
      method: 'PUT',
      target: unbound,
      around: (wild) => ({ predecessor_binding_id: NOBODYS, parameters: { never: wild } })
    },
    { name: 'fetch a binding', place: 'path', method: 'GET', target: bound },
    { name: 'poll a binding', place: 'path', method: 'GET', target: `${bound}/last_operation` },
    { name: 'unbind wrongly', place: 'path', method: 'DELETE', target: `${bound}?${wrong}` },
    { name: 'livez', place: 'path', method: 'GET', target: '/livez' },
    { name: 'readyz', place: 'path', method: 'GET', target: '/readyz' },
    { name: 'metrics', place: 'path', method: 'GET', target: '/metrics' }
  ]
}

export function draftOf(base: Base, world: World, wild: Json, random: Seeded): Draft {
  const { username, password } = world.login
  const body = base.around === undefined ? base.body : base.around(wild)
  const wantsAsync = base.method !== 'GET' && random.chance(0.5)
  return {
    method: base.method,
    target: wantsAsync
      ? `${base.target}${base.target.includes('?') ? '&' : '?'}accepts_incomplete=true`
      : base.target,
    headers: [
      ['Host', 'broker'],
      ['Authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`],
      ['X-Broker-API-Version', '2.17'],
      ...(body === undefined ? [] : ([['Content-Type', 'application/json']] as [string, string][]))
    ],
    body: body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  }
}
