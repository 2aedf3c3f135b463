import type {
  Driver,
  Grant,
  Handle,
  Listed,
  Login,
  Mark,
  Order,
  Sighting
} from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { numberAt, textAt } from '../../src/contract/read.ts'
import { planSchema } from './plan-schema.ts'

/** What stands at this provider. Whoever holds the map is the provider's owner. */
export interface Box {
  readonly mark: Mark
  readonly region: string
  plan: JsonObject
  parameters: JsonObject
  ready: boolean
  readonly logins: Map<string, { readonly password: string; readonly access: string }>
}

export type Boxes = Map<string, Box>

export function exampleDriver(boxes: Boxes): Driver {
  return {
    planSchema,
    create: async (order, soFar, call) => create(boxes, order, soFar, call),
    observe: async (handle) => observe(boxes, handle),
    destroy: async (handle) => destroy(boxes, handle),
    access: async (handle) => {
      ownBox(boxes, handle)
      return { kind: 'example', box: textAt(handle, 'box') }
    },
    update: async (handle, order, call) => update(boxes, handle, order, call),
    list: (broker) => list(boxes, broker),
    bind: async (handle, login, parameters, soFar) => bind(boxes, handle, login, parameters, soFar),
    unbind: async (handle, login) => {
      ownBox(boxes, handle).logins.delete(login.name)
    }
  }
}

function create(boxes: Boxes, order: Order, soFar: Handle | undefined, call: Call): Sighting {
  // Chosen, but nothing is made before this handle is committed.
  if (!soFar) return { state: 'pending', handle: begun(order, call), lookAgainInSeconds: 0 }
  const box = ownBoxOrNone(boxes, soFar) ?? make(boxes, order)
  if (box.plan['fails'] === 'create') return { state: 'broken', handle: soFar, note: 'The plan says so.' }
  const onTheWay = progress(box.plan, soFar, call)
  if (onTheWay) return onTheWay
  box.ready = true
  return { state: 'ready', handle: ended(soFar) }
}

function make(boxes: Boxes, order: Order): Box {
  const capacity = order.plan['capacity']
  if (typeof capacity === 'number' && boxes.size >= capacity) {
    throw new ProviderFailure('quota', `There is room for ${capacity} boxes, and all are taken.`)
  }
  const { mark, region, plan, parameters } = order
  const box: Box = { mark, region, plan, parameters, ready: false, logins: new Map() }
  boxes.set(order.name, box)
  return box
}

function observe(boxes: Boxes, handle: Handle): Sighting {
  const box = ownBoxOrNone(boxes, handle)
  if (!box) return { state: 'gone' }
  if (box.plan['fails'] === 'create') return { state: 'broken', handle, note: 'The plan says so.' }
  return { state: box.ready ? 'ready' : 'pending', handle }
}

function update(boxes: Boxes, handle: Handle, order: Order, call: Call): Sighting {
  const box = ownBox(boxes, handle)
  mayFail(order.plan, 'update')
  const from = 'since' in handle ? handle : { ...handle, step: 0, since: call.now.getTime() }
  const onTheWay = progress(order.plan, from, call)
  if (onTheWay) return onTheWay
  box.plan = order.plan
  box.parameters = order.parameters
  return { state: 'ready', handle: ended(from) }
}

function destroy(boxes: Boxes, handle: Handle): Sighting {
  const box = ownBoxOrNone(boxes, handle)
  if (!box) return { state: 'gone' }
  mayFail(box.plan, 'destroy')
  const done = typeof handle['destroyed'] === 'number' ? handle['destroyed'] : 0
  if (done < setting(box.plan, 'destroySteps')) {
    return { state: 'pending', handle: { ...handle, destroyed: done + 1 }, lookAgainInSeconds: 0 }
  }
  boxes.delete(textAt(handle, 'box'))
  return { state: 'gone' }
}

async function* list(boxes: Boxes, broker: string): AsyncGenerator<Listed> {
  for (const [name, { mark, region }] of boxes) {
    if (mark.broker === broker) yield { mark, name, region, handle: { v: 1, box: name, mark: markOf(mark) } }
  }
}

function bind(
  boxes: Boxes,
  handle: Handle,
  login: Login,
  parameters: JsonObject,
  soFar: Grant | undefined
): { readonly state: 'pending' | 'ready'; readonly grant: Grant } {
  const box = ownBox(boxes, handle)
  mayFail(box.plan, 'bind')
  const step = soFar ? numberAt(soFar.handle, 'step') : 0
  if (step < setting(box.plan, 'bindSteps')) {
    return { state: 'pending', grant: { handle: { v: 1, step: step + 1 } } }
  }
  const access = parameters['access'] === 'read-only' ? 'read-only' : 'read-write'
  box.logins.set(login.name, { password: login.password, access })
  return { state: 'ready', grant: { handle: { v: 1, step } } }
}

/** A sighting while there are steps or seconds left. What was reached is in the handle, so a restart goes on from there. */
function progress(plan: JsonObject, handle: Handle, call: Call): Sighting | undefined {
  const step = numberAt(handle, 'step')
  if (step < setting(plan, 'steps')) {
    return { state: 'pending', handle: { ...handle, step: step + 1 }, lookAgainInSeconds: 0 }
  }
  const readyAt = numberAt(handle, 'since') + setting(plan, 'delaySeconds') * 1000
  const lookAgainInSeconds = Math.ceil((readyAt - call.now.getTime()) / 1000)
  return lookAgainInSeconds > 0 ? { state: 'pending', handle, lookAgainInSeconds } : undefined
}

function begun(order: Order, call: Call): Handle {
  return { v: 1, box: order.name, mark: markOf(order.mark), step: 0, since: call.now.getTime() }
}

function ended({ v, box = '', mark = '' }: Handle): Handle {
  return { v, box, mark }
}

function ownBoxOrNone(boxes: Boxes, handle: Handle): Box | undefined {
  const box = boxes.get(textAt(handle, 'box'))
  if (box && markOf(box.mark) !== textAt(handle, 'mark')) {
    throw new ProviderFailure('conflict', 'A box of that name belongs to somebody else.')
  }
  return box
}

function ownBox(boxes: Boxes, handle: Handle): Box {
  const box = ownBoxOrNone(boxes, handle)
  if (!box) throw new ProviderFailure('not-found', 'The box is gone.')
  return box
}

function markOf({ broker, resource, generation }: Mark): string {
  return `${broker}/${resource}/${generation}`
}

function setting(plan: JsonObject, key: string): number {
  const value = plan[key]
  return typeof value === 'number' ? value : 0
}

function mayFail(plan: JsonObject, method: string): void {
  if (plan['fails'] === method) {
    throw new ProviderFailure('denied', `The plan says that ${method} fails.`)
  }
}
