import type { Access } from '../../src/contract/access.ts'
import type { Driver, Handle, Login, Order } from '../../src/contract/adapter.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { freshLogin } from '../conformance/fresh.ts'

export function orderFor(name: string, plan: JsonObject = { connections: 5 }): Order {
  return {
    name,
    mark: { broker: 'test-broker', resource: `resource of ${name}`, generation: 1 },
    region: 'here',
    plan,
    parameters: {},
    labels: {},
    allowFrom: [],
    secret: (label) => `secret-of-${label}`
  }
}

/** Steps until it is ready, as the core does: each step from the last handle, in JSON. */
export async function created(driver: Driver, order: Order, call: Call): Promise<Handle> {
  let handle: Handle | undefined
  for (let step = 0; step < 6; step += 1) {
    const sighting = await driver.create(order, handle, call)
    if (sighting.state === 'gone' || sighting.state === 'broken') throw new Error(sighting.state)
    handle = JSON.parse(JSON.stringify(sighting.handle)) as Handle
    if (sighting.state === 'ready') return handle
  }
  throw new Error('never ready')
}

export interface TenantOf<A extends Access> {
  readonly name: string
  readonly order: Order
  readonly handle: Handle
  readonly access: A
  readonly call: Call
  bind(parameters?: JsonObject): Promise<Login>
  unbind(login: Login): Promise<void>
  remove(): Promise<void>
}

/** A whole instance on a server: driver, then family. */
export async function tenantOf<A extends Access>(
  driver: Driver,
  family: Family<A>,
  order: Order,
  call: Call
): Promise<TenantOf<A>> {
  const names = { resource: order.name, mark: order.mark }
  const handle = await created(driver, order, call)
  const access = (await driver.access?.(handle, call)) as A
  await family.prepare?.(access, names, { defaultPrivileges: true }, call)
  return {
    name: order.name,
    order,
    handle,
    access,
    call,
    async bind(parameters = {}) {
      const login = freshLogin()
      await family.bind?.(access, login, parameters, call)
      return login
    },
    async unbind(login) {
      await family.unbind?.(access, login, call)
    },
    async remove() {
      await family.release?.(access, names, call)
      const { state } = await driver.destroy(handle, call)
      if (state !== 'gone') throw new Error(`it is ${state}`)
    }
  }
}
