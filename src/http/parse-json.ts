import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { Refusal } from '../domain/refusal.ts'

const DEEPEST = 32
const utf8 = new TextDecoder('utf-8', { fatal: true })
/** NUL fits in no database text, and half a surrogate pair in no UTF-8. */
const NOT_TEXT = /[\0\p{Surrogate}]/u

/**
 * A JSON object from outside; throws a Refusal 400 that never repeats what was sent. What later code could trip over stays out:
 * nesting beyond 32, keys that reach prototypes, numbers that are not finite, text that is not Unicode.
 */
export function parseJsonObject(bytes: Buffer): JsonObject {
  const value = parse(decode(bytes))
  if (!isObject(value)) throw refused('must be a JSON object')
  check(value, 1)
  return value
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw refused('is not UTF-8')
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    throw refused('is not valid JSON')
  }
}

function check(value: Json, depth: number): void {
  if (typeof value === 'string') checkText(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw refused('has a number that is too large')
  if (typeof value !== 'object' || value === null) return
  if (depth > DEEPEST) throw refused(`is nested deeper than ${DEEPEST} levels`)
  if (!isObject(value)) {
    for (const item of value) check(item, depth + 1)
    return
  }
  for (const key of Object.keys(value)) {
    checkKey(key, value[key])
    check(value[key] as Json, depth + 1)
  }
}

function checkKey(key: string, value: Json | undefined): void {
  checkText(key)
  const reachesPrototype =
    key === '__proto__' || (key === 'constructor' && isObject(value) && Object.hasOwn(value, 'prototype'))
  if (reachesPrototype) throw refused('has a key that is not allowed')
}

function checkText(text: string): void {
  if (NOT_TEXT.test(text)) throw refused('has text that is not valid Unicode or holds NUL')
}

function refused(what: string): Refusal {
  return new Refusal(400, `The body ${what}.`)
}
