import type { Json, JsonObject } from '../../../src/contract/json.ts'
import type { Reply } from '../../../test/support/fake/problem.ts'
import { conflict, internalError, invalidParameter } from './problems.ts'
import type { FakeService } from './resources.ts'
import { statusOf, type World } from './world.ts'

/** A request that passed the gate. */
export interface Call {
  readonly method: string
  /** Below `/1.0`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: JsonObject | undefined
}

/** One about a service: `part` is the path below it. */
export interface OnService {
  readonly world: World
  readonly service: FakeService
  readonly call: Call
  readonly part: string
}

export function refuseBusy(service: FakeService): void {
  if (statusOf(service) !== 'READY') throw conflict('ServiceNotReady', 'Service is not ready')
}

/** It took effect, and says that it did not. */
export function failSometimes({ scene }: World): void {
  if (scene.failedPosts <= 0) return
  scene.failedPosts -= 1
  throw internalError()
}

export function bodyOf({ body }: Call): JsonObject {
  if (body === undefined) throw invalidParameter('Missing parameters')
  return body
}

export function ok(body: Json): Reply {
  return { status: 200, body }
}
