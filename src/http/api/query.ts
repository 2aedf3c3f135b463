import { Refusal } from '../../domain/refusal.ts'

const LONGEST = 512
const MOST = 1000
const USUAL = 100

/** Reads the query of one request; a mistake is a Refusal 400 that names the parameter. */
export interface QueryReader {
  text(name: string): string | undefined
  required(name: string): string
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined
  paging(): { readonly limit: number; readonly after?: number }
}

/** Every parameter that is not in `known` is a mistake: a misspelt filter must not show everything. */
export function readQuery(query: URLSearchParams, known: readonly string[]): QueryReader {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw wrong(shown(name), `is not known here; known: ${known.join(', ')}`)
    if (query.getAll(name).length > 1) throw wrong(name, 'is given twice')
  }

  function text(name: string): string | undefined {
    const value = query.get(name) ?? undefined
    if (value === undefined) return undefined
    if (value === '' || Buffer.byteLength(value) > LONGEST)
      throw wrong(name, `must have 1 to ${LONGEST} bytes`)
    if (/[\p{Cc}\p{Surrogate}]/u.test(value)) throw wrong(name, 'must not have control characters')
    return value
  }

  function whole(name: string, least: number, most: number): number | undefined {
    const value = text(name)
    if (value === undefined) return undefined
    const number = /^\d{1,16}$/.test(value) ? Number(value) : -1
    if (number < least || number > most) throw wrong(name, `must be a whole number from ${least} to ${most}`)
    return number
  }

  return {
    text,
    required(name) {
      const value = text(name)
      if (value === undefined) throw wrong(name, 'is required')
      return value
    },
    oneOf(name, values) {
      const value = text(name)
      const found = values.find((each) => each === value)
      if (value !== undefined && found === undefined) throw wrong(name, `must be one of ${values.join(', ')}`)
      return found
    },
    paging() {
      const after = whole('after', 1, Number.MAX_SAFE_INTEGER)
      return { limit: whole('limit', 1, MOST) ?? USUAL, ...(after === undefined ? {} : { after }) }
    }
  }
}

function wrong(name: string, what: string): Refusal {
  return new Refusal(400, `The query parameter ${name} ${what}.`)
}

/** A name that somebody else wrote, fit to be repeated. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 64).replaceAll(/[\p{C}]/gu, '?'))
}
