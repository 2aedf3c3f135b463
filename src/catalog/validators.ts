import type { JsonObject } from '../contract/json.ts'
import type { Plan } from '../domain/offer.ts'
import { compileSchema, type SchemaCheck } from '../registry/schema-check.ts'
import { fieldName } from '../registry/schema-findings.ts'

/** One mistake in what a developer sent: the field and what would be right. Nothing of the value is in it. */
export interface FieldProblem {
  /** `parameters.backup.hour` */
  readonly field: string
  readonly text: string
}

export type ParametersOf = 'create' | 'update' | 'bind'

/** Plans in the store bring schemas that no file has any more; so many compiled ones are kept. */
const MOST_COMPILED = 1000

export type ValidateParameters = (
  kind: ParametersOf,
  plan: Pick<Plan, 'createSchema' | 'updateSchema' | 'bindSchema'>,
  value: unknown
) => readonly FieldProblem[]

/** Compiles each schema once, however many plans and revisions share its text. */
export function parameterValidators(): ValidateParameters {
  const byObject = new WeakMap<JsonObject, SchemaCheck>()
  const byText = new Map<string, SchemaCheck>()

  function checkOf(schema: JsonObject): SchemaCheck {
    const known = byObject.get(schema)
    if (known) return known
    const text = JSON.stringify(schema)
    const check = byText.get(text) ?? compileSchema(schema)
    byText.delete(text)
    byText.set(text, check)
    const [oldest] = byText.keys()
    if (byText.size > MOST_COMPILED && oldest !== undefined) byText.delete(oldest)
    byObject.set(schema, check)
    return check
  }

  return (kind, plan, value) =>
    checkOf(plan[`${kind}Schema`])(value).map(({ path, text }) => ({
      field: fieldName('parameters', path),
      text
    }))
}
