import type { Json } from '../contract/json.ts'

/** One text per value (RFC 8785): keys sorted by UTF-16 code units, no spaces. Equal values give equal texts whatever order they were written in. */
export function canonicalJson(value: Json): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.keys(value)
    .toSorted()
    .flatMap((key) => {
      const inner = value[key]
      return inner === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(inner)}`]
    })
  return `{${fields.join(',')}}`
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
