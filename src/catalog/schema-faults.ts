import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { compileSchema } from '../registry/schema-check.ts'
import { DRAFT_04 } from './plan-schemas.ts'
import { isSafePattern } from './safe-pattern.ts'

const MOST_BYTES = 65_536

/** Keywords of draft-04, and `writeOnly`: an annotation that other readers ignore and the core obeys. */
const PLAIN_KEYWORDS = new Set(
  (
    '$schema $ref id title description default type enum format pattern multipleOf minimum maximum exclusiveMinimum ' +
    'exclusiveMaximum minLength maxLength minItems maxItems uniqueItems minProperties maxProperties required writeOnly'
  ).split(' ')
)
const SCHEMA_KEYWORDS = new Set(['items', 'additionalItems', 'additionalProperties', 'not'])
const LIST_KEYWORDS = new Set(['allOf', 'anyOf', 'oneOf', 'items'])
const MAP_KEYWORDS = new Set(['properties', 'patternProperties', 'definitions', 'dependencies'])

/** What a platform would refuse, or a hostile value could abuse, in a parameter schema. None: it may be published. */
export function schemaFaults(schema: JsonObject): readonly string[] {
  const faults = [...headFaults(schema), ...partFaults(schema, '#')]
  if (faults.length > 0) return faults
  try {
    compileSchema(schema)
    return []
  } catch (error) {
    return [
      `is not valid JSON Schema draft-04: ${error instanceof Error ? error.message : 'it does not compile'}`
    ]
  }
}

function headFaults(schema: JsonObject): readonly string[] {
  const faults: string[] = []
  const told = schema['$schema']
  if (told === undefined) faults.push('has no $schema')
  else if (told !== DRAFT_04 && told !== DRAFT_04.slice(0, -1))
    faults.push(`has another $schema than ${DRAFT_04}`)
  const bytes = Buffer.byteLength(JSON.stringify(schema))
  if (bytes > MOST_BYTES) faults.push(`has ${bytes} bytes; platforms take ${MOST_BYTES}`)
  if (schema['type'] !== 'object') faults.push('must be of type "object"')
  return faults
}

/** Every schema inside `schema` is looked at, and nothing else: an `enum` may hold whatever it likes. */
function partFaults(schema: JsonObject, place: string): readonly string[] {
  return [
    ...ownFaults(schema).map((fault) => `${fault} at ${place}`),
    ...Object.entries(schema).flatMap(([keyword, value]) =>
      partsOf(keyword, value).flatMap(([name, part]) => partFaults(part, `${place}/${name}`))
    )
  ]
}

function ownFaults(schema: JsonObject): readonly string[] {
  const unknown = Object.keys(schema).filter((keyword) => !isKeyword(keyword))
  const faults = unknown.map((keyword) => `uses "${keyword}", which draft-04 does not have,`)
  const reference = schema['$ref']
  if (typeof reference === 'string' && !reference.startsWith('#')) faults.push('has an external $ref')
  const patterns = [schema['pattern'], ...Object.keys(objectOr(schema['patternProperties']))]
  if (patterns.some((pattern) => typeof pattern === 'string' && !isSafePattern(pattern))) {
    faults.push('has a pattern that a hostile text can keep busy')
  }
  if (schema['pattern'] !== undefined && schema['maxLength'] === undefined)
    faults.push('has a pattern without maxLength')
  if (schema['uniqueItems'] === true && schema['maxItems'] === undefined)
    faults.push('has uniqueItems without maxItems')
  return faults
}

function isKeyword(name: string): boolean {
  return (
    PLAIN_KEYWORDS.has(name) || SCHEMA_KEYWORDS.has(name) || LIST_KEYWORDS.has(name) || MAP_KEYWORDS.has(name)
  )
}

function partsOf(keyword: string, value: Json): readonly (readonly [string, JsonObject])[] {
  const named: readonly (readonly [string, Json])[] = namedParts(keyword, value)
  return named.flatMap(([name, part]) => (isObject(part) ? [[name, part] as const] : []))
}

function namedParts(keyword: string, value: Json): readonly (readonly [string, Json])[] {
  if (MAP_KEYWORDS.has(keyword) && isObject(value)) {
    return Object.entries(value).map(([name, part]) => [`${keyword}/${name}`, part] as const)
  }
  if (LIST_KEYWORDS.has(keyword) && Array.isArray(value)) {
    return value.map((part: Json, index) => [`${keyword}/${index}`, part] as const)
  }
  return SCHEMA_KEYWORDS.has(keyword) ? [[keyword, value]] : []
}

function objectOr(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}
