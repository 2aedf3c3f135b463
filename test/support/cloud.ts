import type { Driver, Handle, Listed, Mark, Order } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { MoveFinding } from '../../src/contract/move.ts'
import type { Call } from '../../src/contract/ports.ts'
import { textAt } from '../../src/contract/read.ts'
import { type MoveMethod, moveOf } from './moving-cloud.ts'

/** What stands at the scripted provider. */
export interface Thing {
  readonly name: string
  readonly mark: Mark
  readonly region: string
  readonly secret: string
  plan: JsonObject
  parameters: JsonObject
  prepared: boolean
  looks: number
  /** Name and password of everyone who can log in. */
  readonly logins: Map<string, string>
  /** What applications wrote. */
  readonly rows: string[]
  /** Nobody but a move may write. */
  frozen: boolean
  /** Who holds the freeze. */
  lock: string | undefined
  /** Throwaway logins of moves. */
  readonly steps: Set<string>
  /** A move has ended here. */
  inUse?: true
}

export type Method =
  | MoveMethod
  | 'create'
  | 'update'
  | 'destroy'
  | 'access'
  | 'prepare'
  | 'release'
  | 'bind'
  | 'unbind'

/** Called before and after each effect; whatever it throws, the call throws. */
export type Script = (
  method: Method,
  when: 'before' | 'after',
  call: Call,
  subject: string
) => void | Promise<void>

/** A provider in this process that several brokers may talk to, and that remembers what must never happen. */
export interface Cloud {
  readonly things: Map<string, Thing>
  readonly calls: string[]
  /** Two of one name, another secret on a later attempt, a bind after the end … */
  readonly violations: string[]
  /** Looks at a young resource before it is ready. */
  looksUntilReady: number
  /** Times that a release has more to remove than one step should. */
  piecesLeft: number
  /** What a pre-check finds. */
  findings: MoveFinding[]
  script: Script
  /** An application writes where its login is, unless it is shut out; answers whether it could. */
  write(login: string, row: string): boolean
  logins(): string[]
}

export function openCloud(): Cloud {
  const things = new Map<string, Thing>()
  return {
    things,
    calls: [],
    violations: [],
    looksUntilReady: 0,
    piecesLeft: 0,
    findings: [],
    script: () => {},
    write(login, row) {
      const open = [...things.values()].filter((thing) => thing.logins.has(login) && !thing.frozen)
      for (const thing of open) thing.rows.push(row)
      return open.length > 0
    },
    logins: () => [...things.values()].flatMap((thing) => [...thing.logins.keys()])
  }
}

/** Something at the provider that no store made. */
export function plant(cloud: Cloud, name: string, mark: Thing['mark']): Thing {
  const thing: Thing = {
    name,
    mark,
    region: 'harbour',
    secret: 'nobody knows',
    plan: {},
    parameters: {},
    prepared: true,
    looks: 0,
    logins: new Map(),
    rows: ['precious'],
    frozen: false,
    lock: undefined,
    steps: new Set()
  }
  cloud.things.set(name, thing)
  return thing
}

export type Around = <T>(method: Method, call: Call, subject: string, effect: () => T) => Promise<T>

function around(cloud: Cloud, reach: (where: string) => void): Around {
  return async (method, call, subject, effect) => {
    reach(`before ${method}`)
    cloud.calls.push(method)
    await cloud.script(method, 'before', call, subject)
    const value = effect()
    reach(`after ${method}`)
    await cloud.script(method, 'after', call, subject)
    return value
  }
}

/** As one process sees the cloud: `reach` is where that process may die. */
export function driverOf(cloud: Cloud, reach: (where: string) => void = () => {}): Driver {
  const at = around(cloud, reach)
  return {
    planSchema: {},
    create: (order, soFar, call) =>
      at('create', call, order.name, () =>
        soFar === undefined
          ? { state: 'pending' as const, handle: handleOf(order), lookAgainInSeconds: 0 }
          : make(cloud, order, soFar)
      ),
    observe: async (handle) =>
      cloud.things.has(textAt(handle, 'name'))
        ? { state: 'ready' as const, handle }
        : { state: 'gone' as const },
    update: (handle, order, call) =>
      at('update', call, order.name, () => {
        const thing = cloud.things.get(order.name)
        if (!thing) return { state: 'gone' as const }
        thing.plan = order.plan
        thing.parameters = order.parameters
        return { state: 'ready' as const, handle }
      }),
    destroy: (handle, call) => at('destroy', call, textAt(handle, 'name'), () => destroy(cloud, handle)),
    access: (handle, call) =>
      at('access', call, textAt(handle, 'name'), () => ({
        kind: 'example' as const,
        box: textAt(handle, 'name')
      })),
    list: (broker) => list(cloud, broker)
  }
}

/** Everything that stands there with the mark of this broker. */
export async function listedIn(cloud: Cloud, broker: string): Promise<Listed[]> {
  const listed = []
  for await (const each of list(cloud, broker)) listed.push(each)
  return listed
}

async function* list(cloud: Cloud, broker: string): AsyncGenerator<Listed> {
  for (const { name, mark, region } of cloud.things.values())
    if (mark.broker === broker) yield { mark, name, region, handle: { v: 1, name, resource: mark.resource } }
}

function handleOf({ name, mark }: Order): Handle {
  return { v: 1, name, resource: mark.resource }
}

function make(cloud: Cloud, order: Order, handle: Handle) {
  const secret = order.secret('admin')
  const found = cloud.things.get(order.name)
  const thing = found ?? {
    name: order.name,
    mark: order.mark,
    region: order.region,
    secret,
    plan: order.plan,
    parameters: order.parameters,
    prepared: false,
    looks: 0,
    logins: new Map(),
    rows: [],
    frozen: false,
    lock: undefined,
    steps: new Set<string>()
  }
  if (thing.secret !== secret) cloud.violations.push(`another secret for ${order.name}`)
  const twin = [...cloud.things.values()].find(
    (each) => each.mark.resource === order.mark.resource && each.name !== order.name
  )
  if (twin) cloud.violations.push(`two for the resource ${order.mark.resource}`)
  cloud.things.set(order.name, thing)
  return thing.looks++ < cloud.looksUntilReady
    ? { state: 'pending' as const, handle, note: 'is being made' }
    : { state: 'ready' as const, handle }
}

/** Needs two steps, as most providers do. */
function destroy(cloud: Cloud, handle: Handle) {
  const thing = cloud.things.get(textAt(handle, 'name'))
  if (!thing) return { state: 'gone' as const }
  if (thing.mark.resource !== textAt(handle, 'resource')) throw new ProviderFailure('conflict', 'not ours')
  cloud.things.delete(thing.name)
  return { state: 'pending' as const, handle, lookAgainInSeconds: 0 }
}

export function familyOf(cloud: Cloud, reach: (where: string) => void = () => {}): Family {
  const at = around(cloud, reach)
  const boxOf = (access: { readonly kind: string; readonly box?: string }): Thing => {
    const thing = cloud.things.get(access.box ?? '')
    if (!thing) throw new ProviderFailure('not-found', 'there is no such box')
    return thing
  }
  return {
    name: 'box',
    parameters: {},
    bindParameters: {},
    prepare: (access, names, _options, call) =>
      at('prepare', call, names.resource, () => {
        boxOf(access).prepared = true
      }),
    release: (access, names, call) =>
      at('release', call, names.resource, () => {
        const { box } = access as { box?: string }
        const thing = cloud.things.get(box ?? '')
        if (cloud.piecesLeft > 0) return { note: `${cloud.piecesLeft--} pieces are left` }
        if (thing) thing.prepared = false
        return undefined
      }),
    credentials: (access, login) => ({
      box: (access as { box?: string }).box ?? '',
      username: login.name,
      password: login.password
    }),
    endpoints: () => [{ host: 'box.test', ports: ['5432'], protocol: 'tcp' }],
    bind: (access, login, _parameters, call) =>
      at('bind', call, login.name, () => {
        const { logins } = boxOf(access)
        const known = logins.get(login.name)
        if (known !== undefined && known !== login.password) cloud.violations.push('another password')
        logins.set(login.name, login.password)
      }),
    unbind: (access, login, call) =>
      at('unbind', call, login.name, () => {
        const { box } = access as { box?: string }
        cloud.things.get(box ?? '')?.logins.delete(login.name)
        return 'gone' as const
      }),
    move: moveOf(cloud, at)
  }
}
