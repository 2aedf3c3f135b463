import type { JsonObject } from '../../../src/contract/json.ts'
import type { Backings } from './backing.ts'
import { invalidArgument, transientState } from './problems.ts'
import type { FakeInstance } from './resources.ts'
import { statusOf, type World } from './world.ts'

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly body: JsonObject | undefined
}

export interface OnInstance {
  readonly world: World
  readonly backings: Backings
  readonly instance: FakeInstance
  readonly asked: Asked
  readonly part: string | undefined
  readonly item: string | undefined
}

export function refuseTransient(instance: FakeInstance): void {
  const status = statusOf(instance)
  if (status !== 'ready') throw transientState(instance.id, status)
}

export function bodyOf(asked: Asked): JsonObject {
  if (asked.body === undefined) throw invalidArgument('body', 'required')
  return asked.body
}
