import type { JsonObject } from '../../contract/json.ts'
import { isObject } from '../../contract/read.ts'
import { Refusal } from '../../domain/refusal.ts'

const LONGEST = 512
const MOST = 100

/** Reads the fields of a body; a mistake is a Refusal 400 that names the field. */
export interface FieldReader {
  text(name: string): string
  maybeText(name: string): string | undefined
  maybeOneOf<T extends string>(name: string, values: readonly T[]): T | undefined
  maybeObject(name: string): JsonObject | undefined
  maybeTexts(name: string): readonly string[] | undefined
}

/** Every field that is not in `known` is a mistake: what is misspelt must not be left undone. */
export function readFields(body: JsonObject, known: readonly string[]): FieldReader {
  const unknown = Object.keys(body).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw wrong(shown(unknown), `is not known here; known: ${known.join(', ') || 'none'}`)

  function maybeText(name: string): string | undefined {
    const value = body[name]
    if (value === undefined || value === null) return undefined
    if (!isText(value)) throw wrong(name, `must be text of 1 to ${LONGEST} bytes without control characters`)
    return value
  }

  return {
    maybeText,
    text(name) {
      const value = maybeText(name)
      if (value === undefined) throw wrong(name, 'is required')
      return value
    },
    maybeOneOf(name, values) {
      const value = maybeText(name)
      const found = values.find((each) => each === value)
      if (value !== undefined && found === undefined) throw wrong(name, `must be one of ${values.join(', ')}`)
      return found
    },
    maybeObject(name) {
      const value = body[name]
      if (value === undefined || value === null) return undefined
      if (!isObject(value)) throw wrong(name, 'must be an object')
      return value
    },
    maybeTexts(name) {
      const value = body[name]
      if (value === undefined || value === null) return undefined
      if (!Array.isArray(value) || value.length > MOST || !value.every(isText))
        throw wrong(name, `must be a list of at most ${MOST} texts`)
      return value
    }
  }
}

function isText(value: unknown): value is string {
  const isRight = typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= LONGEST
  return isRight && !/[\p{Cc}\p{Surrogate}]/u.test(value)
}

function wrong(name: string, what: string): Refusal {
  return new Refusal(400, `The field ${name} ${what}.`)
}

/** A name that somebody else wrote, fit to be repeated. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 64).replaceAll(/[\p{C}]/gu, '?'))
}
