import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { Refusal } from '../domain/refusal.ts'

const DEEPEST = 32
/** More than any platform sends; each costs time later, in checks and comparisons, and that time is everybody's. */
const MOST_VALUES = 10_000
const utf8 = new TextDecoder('utf-8', { fatal: true })
/** NUL fits in no database text, and half a surrogate pair in no UTF-8. */
const NOT_TEXT = /[\0\p{Surrogate}]/u

/**
 * A JSON object from outside; throws a Refusal 400 that never repeats what was sent. What later code could trip over stays out:
 * nesting beyond 32, more than 10 000 values, keys that reach prototypes, numbers that are not finite, text that is not Unicode.
 */
export function parseJsonObject(bytes: Buffer): JsonObject {
  if (isTooDeep(bytes)) throw refused(`is nested deeper than ${DEEPEST} levels`)
  const value = parse(decode(bytes))
  if (!isObject(value)) throw refused('must be a JSON object')
  check(value, { left: MOST_VALUES })
  return value
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]
const OPENING: readonly number[] = [0x5b, 0x7b]
const CLOSING: readonly number[] = [0x5d, 0x7d]

/** Before it is parsed: half a megabyte of brackets keeps the parser, and so everybody, for half a second. */
function isTooDeep(bytes: Buffer): boolean {
  let depth = 0
  let isText = false
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] as number
    if (byte === QUOTE) isText = !isText
    else if (isText && byte === BACKSLASH) index += 1
    else if (!isText && OPENING.includes(byte)) depth += 1
    else if (!isText && CLOSING.includes(byte)) depth -= 1
    if (depth > DEEPEST) return true
  }
  return false
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

function check(value: Json, budget: { left: number }): void {
  budget.left -= 1
  if (budget.left < 0) throw refused(`holds more than ${MOST_VALUES} values`)
  if (typeof value === 'string') checkText(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw refused('has a number that is too large')
  if (typeof value !== 'object' || value === null) return
  if (!isObject(value)) {
    for (const item of value) check(item, budget)
    return
  }
  for (const key of Object.keys(value)) {
    checkKey(key, value[key])
    check(value[key] as Json, budget)
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
