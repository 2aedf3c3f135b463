import type { JsonObject } from '../contract/json.ts'
import { canonicalJson } from './canonical-json.ts'

/** The attributes that make a provision "the same" (never context nor maintenance_info). */
export function provisionIdentity(request: {
  readonly serviceId: string
  readonly planId: string
  readonly organization: string
  readonly space: string
  readonly parameters: JsonObject
}): string {
  const { serviceId, planId, organization, space, parameters } = request
  return canonicalJson({ serviceId, planId, organization, space, parameters })
}

/** The attributes that make a bind "the same". */
export function bindIdentity(request: {
  readonly serviceId: string
  readonly planId: string
  readonly parameters: JsonObject
  readonly app: string
  readonly route: string
  readonly predecessor: string
}): string {
  const { serviceId, planId, parameters, app, route, predecessor } = request
  return canonicalJson({ serviceId, planId, parameters, app, route, predecessor })
}
