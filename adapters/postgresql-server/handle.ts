import type { Handle } from '../../src/contract/adapter.ts'
import { placeIn, type ServerPlace } from '../../src/contract/server-place.ts'
import { type PlanSize, readPlan } from './plan.ts'

export type Place = ServerPlace<PlanSize>

export function readHandle(handle: Handle): Place {
  return placeIn(handle, readPlan)
}
