import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family } from '../../src/families/example/index.ts'
import { driverConformance } from '../../test/conformance/driver.ts'
import type { Harness, OrderDetails, Scene } from '../../test/conformance/harness.ts'
import { noPorts } from '../../test/conformance/ports.ts'
import { type Boxes, exampleDriver } from './example.ts'
import { adapter } from './index.ts'

const NO_PORTS = 'a driver without outbound calls has no such answer'

driverConformance({
  name: 'memory/example, synchronous',
  open: async () => memory({}),
  skip: { ping: NO_PORTS, unavailable: NO_PORTS, throttled: NO_PORTS, denied: NO_PORTS, abort: NO_PORTS }
})

driverConformance({
  name: 'memory/example, asynchronous',
  open: async () => memory({ steps: 3, delaySeconds: 90, destroySteps: 2, bindSteps: 2 }),
  skip: { ping: NO_PORTS, unavailable: NO_PORTS, throttled: NO_PORTS, denied: NO_PORTS, abort: NO_PORTS }
})

describe('memory', () => {
  it('is named like its folder and opens without asking anybody', () => {
    expect(adapter.name).to.equal('memory')
    expect(Object.keys(adapter.open({}).drivers)).to.deep.equal(['example'])
  })

  it('forgets everything when it is opened again', async () => {
    const handle = { v: 1, box: 'p1', mark: 'b/r/1' }
    const sighting = await driverOf({}).observe(handle, {} as Call)
    expect(sighting).to.deep.equal({ state: 'gone' })
  })
})

function driverOf(settings: JsonObject) {
  const driver = adapter.open(settings).drivers['example']
  if (!driver) throw new Error('no such driver')
  return driver
}

/** The boxes outlive the driver here, as a provider outlives the broker. */
function memory(plan: JsonObject): Harness {
  const boxes: Boxes = new Map()
  return {
    openDriver: () => exampleDriver(boxes),
    family,
    order: { region: 'here', plan, parameters: { title: 'one', passphrase: 'do not tell anybody' } },
    call: (context) => ({ ...context, ...noPorts('memory asks nobody') }),
    resources: async () =>
      [...boxes].map(([name, box]) => JSON.stringify([name, box.mark, box.plan, box.parameters])),
    logins: async () =>
      [...boxes].flatMap(([name, { logins }]) => [...logins.keys()].map((login) => `${name} ${login}`)),
    tryLogin: async (credentials) => loginOf(boxes, credentials) !== undefined,
    tryWrite: async (credentials) => loginOf(boxes, credentials)?.access === 'read-write',
    openSession: async (credentials) => ({
      isOpen: async () => loginOf(boxes, credentials) !== undefined,
      close: async () => undefined
    }),
    regionOf: async (name) => boxes.get(name)?.region,
    stage: async (scene) => staged(scene, plan),
    plantForeign: async (name) => {
      const mark = { broker: 'somebody', resource: 'else', generation: 1 }
      boxes.set(name, { mark, region: 'here', plan: {}, parameters: {}, ready: true, logins: new Map() })
    },
    remark: async (name) => {
      const box = boxes.get(name)
      if (box) boxes.set(name, { ...box, mark: { ...box.mark, resource: 'else' } })
    }
  }
}

function loginOf(boxes: Boxes, credentials: JsonObject): { access: string } | undefined {
  const login = boxes.get(String(credentials['name']))?.logins.get(String(credentials['username']))
  return login?.password === credentials['password'] ? login : undefined
}

function staged(scene: Scene, plan: JsonObject): Partial<OrderDetails> | undefined {
  if (scene === 'two regions') return { region: 'there' }
  if (scene === 'quota') return { plan: { ...plan, capacity: 0 } }
  if (scene === 'broken' || scene === 'faults in failed create') return { plan: { ...plan, fails: 'create' } }
  if (scene === 'update' || scene === 'faults in update') return { parameters: { title: 'two', shelves: 3 } }
  return undefined
}
