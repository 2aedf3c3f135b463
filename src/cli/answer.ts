import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'

/** A field of an answer as text; empty when it is not there. */
export function field(row: JsonObject, name: string): string {
  const value = row[name]
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A list of objects in an answer. */
export function rowsOf(answer: JsonObject, name: string): readonly JsonObject[] {
  const value = answer[name]
  return Array.isArray(value) ? value.filter((each: Json) => isObject(each)) : []
}

/** `2026-01-02 03:04:05`, UTC. */
export function time(row: JsonObject, name: string): string {
  return field(row, name)
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')
}

/** An object in an answer; nothing when it is not there. */
export function objectAt(row: JsonObject, name: string): JsonObject | undefined {
  const value = row[name]
  return value !== undefined && isObject(value) ? value : undefined
}

/** A list of texts in an answer. */
export function textsOf(answer: JsonObject, name: string): readonly string[] {
  const value = answer[name]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** A number in an answer. */
export function numberAt(row: JsonObject, name: string): number | undefined {
  const value = row[name]
  return typeof value === 'number' ? value : undefined
}
