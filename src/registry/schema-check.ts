import Draft04 from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import type { JsonObject } from '../contract/json.ts'
import { type SchemaFinding, toFindings } from './schema-findings.ts'

/** Formats of draft-04 itself; a schema that names another one does not compile. */
const FORMATS = ['date-time', 'email', 'hostname', 'ipv4', 'ipv6', 'uri'] as const

/** A value with more nodes than this is told its first mistake only: a list of all would cost more than the value. */
const MOST_NODES = 2000

export interface SchemaCheckOptions {
  /** Unknown fields are told by their name: for files and settings, where a typing error is the usual mistake. Never for what a developer sends. */
  readonly namesUnknown?: boolean
}

export type SchemaCheck = (value: unknown) => readonly SchemaFinding[]

type Ajv = InstanceType<typeof Draft04.default>

const first = ajv(false)
const all = ajv(true)

const compiled = {
  named: new WeakMap<JsonObject, SchemaCheck>(),
  unnamed: new WeakMap<JsonObject, SchemaCheck>()
}

/**
 * Compiles a JSON Schema of draft-04, the only draft that every platform knows and the one used everywhere here; the same object
 * only once, so it must not change. The check never changes the value and never repeats anything of it.
 * Throws what Ajv throws when the schema itself is wrong.
 */
export function compileSchema(
  schema: JsonObject,
  { namesUnknown = false }: SchemaCheckOptions = {}
): SchemaCheck {
  const known = compiled[namesUnknown ? 'named' : 'unnamed']
  const check = known.get(schema) ?? makeCheck(schema, namesUnknown)
  known.set(schema, check)
  return check
}

/** What fits, nearly everything, costs one quick pass; the list of all mistakes is compiled when there is a first one. */
function makeCheck(schema: JsonObject, namesUnknown: boolean): SchemaCheck {
  const fits = compile(first, schema)
  let fitsAll: ReturnType<typeof compile> | undefined
  return (value) => {
    if (fits(value)) return []
    if (!isSmall(value)) return toFindings(fits.errors ?? [], namesUnknown)
    fitsAll ??= compile(all, schema)
    return fitsAll(value) ? [] : toFindings(fitsAll.errors ?? [], namesUnknown)
  }
}

function ajv(allErrors: boolean): Ajv {
  const made = new Draft04.default({
    allErrors,
    verbose: true,
    ownProperties: true,
    addUsedSchema: false,
    strictTypes: false,
    strictTuples: false,
    logger: false
  })
  addFormats.default(made, [...FORMATS])
  made.addVocabulary(['writeOnly'])
  return made
}

/** Ajv would keep every schema for ever; a reloaded catalog brings new ones. */
function compile(made: Ajv, schema: JsonObject): ReturnType<Ajv['compile']> {
  try {
    return made.compile(schema)
  } finally {
    made.removeSchema(schema)
  }
}

function isSmall(value: unknown): boolean {
  const waiting = [value]
  let seen = 0
  while (waiting.length > 0) {
    const next = waiting.pop()
    seen += 1
    if (typeof next === 'object' && next !== null)
      for (const inner of Object.values(next)) waiting.push(inner)
    if (seen + waiting.length > MOST_NODES) return false
  }
  return true
}
