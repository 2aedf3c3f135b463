import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { JsonObject } from '../../src/contract/json.ts'
import openapi from '../../src/http/api/openapi.json' with { type: 'json' }

/** A route as `openapi.json` describes it. */
export interface Described {
  readonly method: string
  readonly path: string
  readonly operation: {
    readonly responses: Readonly<Record<string, JsonObject>>
    readonly parameters?: readonly JsonObject[]
    readonly security?: readonly JsonObject[]
  }
}

export const DESCRIBED: readonly Described[] = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    operation: operation as unknown as Described['operation']
  }))
)

const ajv = new Ajv2020({ allErrors: true, strict: false })
addFormats.default(ajv)
ajv.addSchema(openapi, 'api')

/** What of an answer is not as described. */
export function faultsOf({ operation }: Described, status: number, body: JsonObject): readonly string[] {
  const response = operation.responses[String(status)]
  if (!response) return [`the status ${status} is not described`]
  const content = resolved(response)['content'] as { 'application/json': { schema: JsonObject } }
  const { schema } = content['application/json']
  const validate = ajv.compile('$ref' in schema ? { $ref: `api${String(schema['$ref'])}` } : schema)
  validate(body)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** What a reference means. */
export function resolved(described: JsonObject): JsonObject {
  const reference = described['$ref']
  if (typeof reference !== 'string') return described
  return reference
    .slice(2)
    .split('/')
    .reduce<JsonObject>((at, name) => at[name] as JsonObject, openapi as unknown as JsonObject)
}

/** The description of the route that serves this path; the more special ones stand first. */
export function describedAt(method: string, path: string): Described {
  const route = DESCRIBED.find((each) => each.method === method && matches(each.path, path))
  if (!route) throw new Error(`${method} ${path} is not described`)
  return route
}

/** Who may come in, as the description says. */
export function whoOf({ operation }: Described): 'public' | 'platform' | 'operator' {
  if (operation.security?.length === 0) return 'public'
  return operation.security?.some((each) => 'platform' in each) ? 'platform' : 'operator'
}

function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(path.split('?')[0] ?? '')
}
