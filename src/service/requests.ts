import type { View } from '../contract/family.ts'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { Refusal } from '../domain/refusal.ts'

/** Bodies of OSB requests, checked and turned into the house's words. Unknown fields are ignored; null means absent. */
export interface ProvisionRequest {
  readonly serviceId: string
  readonly planId: string
  readonly organization: string
  readonly space: string
  readonly parameters: JsonObject
  readonly context: JsonObject
  readonly maintenanceVersion?: string
}

export interface UpdateRequest {
  readonly serviceId: string
  readonly planId?: string
  readonly parameters: JsonObject
  readonly context?: JsonObject
  readonly maintenanceVersion?: string
}

export interface BindRequest {
  /** Absent only in a rotation. */
  readonly serviceId?: string
  readonly planId?: string
  readonly parameters: JsonObject
  readonly context: JsonObject
  readonly app: string
  readonly route: string
  readonly predecessor?: string
}

const LONGEST = 255

export function parseProvision(body: JsonObject): ProvisionRequest {
  return {
    serviceId: requiredText(body, 'service_id'),
    planId: requiredText(body, 'plan_id'),
    organization: requiredText(body, 'organization_guid'),
    space: requiredText(body, 'space_guid'),
    parameters: optionalObject(body, 'parameters') ?? {},
    context: contextOf(body) ?? {},
    ...maintenance(body)
  }
}

export function parseUpdate(body: JsonObject): UpdateRequest {
  const planId = optionalText(body, 'plan_id')
  const context = contextOf(body)
  return {
    serviceId: requiredText(body, 'service_id'),
    ...(planId === undefined ? {} : { planId }),
    parameters: optionalObject(body, 'parameters') ?? {},
    ...(context === undefined ? {} : { context }),
    ...maintenance(body)
  }
}

export function parseBind(body: JsonObject): BindRequest {
  const resource = optionalObject(body, 'bind_resource') ?? {}
  const predecessor = optionalText(body, 'predecessor_binding_id')
  const read = predecessor === undefined ? requiredText : optionalText
  const serviceId = read(body, 'service_id')
  const planId = read(body, 'plan_id')
  return {
    ...(serviceId === undefined ? {} : { serviceId }),
    ...(planId === undefined ? {} : { planId }),
    ...(predecessor === undefined ? {} : { predecessor }),
    parameters: optionalObject(body, 'parameters') ?? {},
    context: contextOf(body) ?? {},
    // Korifi sends an empty app_guid for keys: the same as none.
    app: lenientText(body, 'app_guid') || lenientText(resource, 'app_guid', 'bind_resource.app_guid'),
    route: lenientText(resource, 'route', 'bind_resource.route')
  }
}

/** The platform named in `context` decides which conventions the credentials follow. */
export function viewOf(context: JsonObject): View | undefined {
  const platform = context['platform']
  if (platform === 'kubernetes') return 'kubernetes'
  return typeof platform === 'string' ? 'cloudfoundry' : undefined
}

function requiredText(body: JsonObject, field: string): string {
  const value = body[field]
  if (typeof value !== 'string' || value === '') throw bad(field, 'must be a non-empty string')
  return checked(value, field)
}

function optionalText(body: JsonObject, field: string): string | undefined {
  const value = body[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value === '')
    throw bad(field, 'must be a non-empty string, or be left out')
  return checked(value, field)
}

function lenientText(body: JsonObject, field: string, name = field): string {
  const value = body[field]
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw bad(name, 'must be a string')
  return checked(value, name)
}

function checked(value: string, field: string): string {
  if (Buffer.byteLength(value) > LONGEST) throw bad(field, `must be at most ${LONGEST} bytes long`)
  if (hasControlCharacter(value)) throw bad(field, 'must not hold control characters')
  if (/\p{Surrogate}/u.test(value)) throw bad(field, 'must be valid Unicode')
  return value
}

export function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function optionalObject(body: JsonObject, field: string): JsonObject | undefined {
  const value: Json | undefined = body[field]
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw bad(field, 'must be an object')
  return value
}

function contextOf(body: JsonObject): JsonObject | undefined {
  return optionalObject(body, 'context')
}

function maintenance(body: JsonObject): { readonly maintenanceVersion?: string } {
  const info = optionalObject(body, 'maintenance_info')
  if (!info) return {}
  return {
    maintenanceVersion: requiredText(
      { 'maintenance_info.version': info['version'] ?? null },
      'maintenance_info.version'
    )
  }
}

function bad(field: string, what: string): Refusal {
  return new Refusal(400, `${field} ${what}`)
}
