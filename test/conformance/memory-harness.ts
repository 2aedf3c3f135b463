import { type Boxes, exampleDriver } from '../../adapters/memory/example.ts'
import type { Driver } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/example/index.ts'
import type { Harness } from './harness.ts'
import { noPorts } from './ports.ts'

/** Makes a driver wrong in one point. */
export type Spoil = (right: Driver, boxes: Boxes) => Driver

/** Boxes in memory, and their driver. */
export function memory(spoil: Spoil, boxes: Boxes = new Map()): Harness {
  const userOf = (credentials: JsonObject): string | undefined =>
    boxes.get(String(credentials['name']))?.logins.get(String(credentials['username']))?.password
  return {
    openDriver: () => spoil(exampleDriver(boxes), boxes),
    family,
    order: {
      region: 'here',
      plan: { steps: 1, destroySteps: 1 },
      parameters: { passphrase: 'never to be told' }
    },
    call: (context) => ({
      ...context,
      ...noPorts('nobody is asked')
    }),
    resources: async () =>
      [...boxes].map(([name, { mark, plan, parameters }]) => JSON.stringify([name, mark, plan, parameters])),
    logins: async () => [...boxes.values()].flatMap(({ logins }) => [...logins.keys()]),
    tryLogin: async (credentials) => userOf(credentials) === credentials['password'],
    openSession: async ({ name, username }) => ({
      isOpen: async () => boxes.get(String(name))?.logins.has(String(username)) ?? false,
      close: async () => undefined
    }),
    stage: async (scene) => {
      if (scene === 'two regions') return { region: 'there' }
      return scene === 'update' ? { parameters: { title: 'two' } } : undefined
    },
    regionOf: async (name) => boxes.get(name)?.region,
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
