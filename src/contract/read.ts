import { ProviderFailure } from './errors.ts'
import type { Json, JsonObject } from './json.ts'

/** Reading JSON that came from outside: each says which field was missing. */
export function textAt(object: JsonObject, key: string): string {
  const value = object[key]
  if (typeof value !== 'string') throw new ProviderFailure('unexpected', `no text at "${key}"`)
  return value
}

export function numberAt(object: JsonObject, key: string): number {
  const value = object[key]
  if (typeof value !== 'number') throw new ProviderFailure('unexpected', `no number at "${key}"`)
  return value
}

export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key]
  if (!isObject(value)) throw new ProviderFailure('unexpected', `no object at "${key}"`)
  return value
}

export function arrayAt(object: JsonObject, key: string): readonly Json[] {
  const value = object[key]
  if (!Array.isArray(value)) throw new ProviderFailure('unexpected', `no list at "${key}"`)
  return value
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
