import type { Json, JsonObject } from '../contract/json.ts'

/** One text for one value, whatever the order of keys: what "the same request" is decided on. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const object = value as JsonObject
  const keys = Object.keys(object).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(object[key] ?? null)}`).join(',')}}`
}

/** The attributes that make a provision "the same" (never context nor maintenance_info). */
export function provisionIdentity(request: {
  readonly serviceId: string
  readonly planId: string
  readonly organization: string
  readonly space: string
  readonly parameters: JsonObject
}): string {
  const { serviceId, planId, organization, space, parameters } = request
  return canonical({ serviceId, planId, organization, space, parameters })
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
  return canonical({ serviceId, planId, parameters, app, route, predecessor })
}
