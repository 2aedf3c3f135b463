import type { ErrorObject } from 'ajv'

/** One mistake in a value: where it is and what would be right. */
export interface SchemaFinding {
  readonly path: readonly string[]
  readonly text: string
}

const MOST_FINDINGS = 20
const MOST_CHOICES = 40
const UNDESCRIBED = 'does not have one of the forms that are described'

/** Ajv's errors as sentences made of the schema only; nothing of the checked value is in them. */
export function toFindings(errors: readonly ErrorObject[], namesUnknown: boolean): readonly SchemaFinding[] {
  const choices = errors.filter(isChoice).map((error) => `${error.schemaPath}/`)
  return errors
    .filter((error) => !choices.some((choice) => error.schemaPath.startsWith(choice)))
    .slice(0, MOST_FINDINGS)
    .map((error) => toFinding(error, namesUnknown))
}

/** `root.a[0].b`: how people write a place. A key that is no plain name is not repeated. */
export function fieldName(root: string, path: readonly string[]): string {
  return path.reduce((field, part) => {
    if (/^\d+$/.test(part)) return `${field}[${part}]`
    const name = /^[\w$-]{1,64}$/.test(part) ? part : '*'
    return field === '' ? name : `${field}.${name}`
  }, root)
}

function isChoice(error: ErrorObject): boolean {
  return error.keyword === 'anyOf' || error.keyword === 'oneOf' || error.keyword === 'not'
}

function toFinding(error: ErrorObject, namesUnknown: boolean): SchemaFinding {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer)
  if (error.keyword === 'required') {
    return { path: [...path, String(error.params['missingProperty'])], text: 'is missing' }
  }
  if (error.keyword === 'additionalProperties') return unknownField(error, path, namesUnknown)
  return { path, text: sentence(error) }
}

function unknownField(error: ErrorObject, path: readonly string[], namesUnknown: boolean): SchemaFinding {
  const known = Object.keys(error.parentSchema?.['properties'] ?? {})
  const list = known.length > 0 ? `known are ${known.slice(0, MOST_CHOICES).join(', ')}` : 'none is'
  return namesUnknown
    ? { path: [...path, String(error.params['additionalProperty'])], text: `is not known here; ${list}` }
    : { path, text: `has a field that is not known here; ${list}` }
}

function sentence({ keyword, params, schema, parentSchema }: ErrorObject): string {
  const limit = String(params['limit'])
  const sentences: Readonly<Record<string, () => string>> = {
    type: () => `must be ${[schema].flat().map(String).map(article).join(' or ')}`,
    enum: () => `must be ${chosen(schema)}`,
    minimum: () => `must be ${params['comparison']} ${limit}`,
    maximum: () => `must be ${params['comparison']} ${limit}`,
    multipleOf: () => `must be a multiple of ${params['multipleOf']}`,
    minLength: () => `must have at least ${limit} characters`,
    maxLength: () => `must have at most ${limit} characters`,
    minItems: () => `must have at least ${limit} entries`,
    maxItems: () => `must have at most ${limit} entries`,
    minProperties: () => `must have at least ${limit} fields`,
    maxProperties: () => `must have at most ${limit} fields`,
    uniqueItems: () => 'must not hold an entry twice',
    pattern: () => `must match ${params['pattern']}${described(parentSchema)}`,
    format: () => `must be a valid ${params['format']}`,
    not: () => (isDescribed(schema) ? `must not have ${schema.description}` : UNDESCRIBED)
  }
  return sentences[keyword]?.() ?? fieldsOfForms(keyword, schema) ?? UNDESCRIBED
}

/** Where forms differ in the fields they need, and in nothing else. */
function fieldsOfForms(keyword: string, forms: unknown): string | undefined {
  if (!Array.isArray(forms)) return undefined
  const fields = forms.map(neededOnly)
  if (fields.includes(undefined)) return undefined
  const list = fields.map((names) => names?.join(', ').replace(/, ([^,]*)$/, ' and $1')).join(', or ')
  return `must have ${keyword === 'oneOf' ? 'either ' : ''}${list}`
}

function neededOnly(form: unknown): readonly string[] | undefined {
  if (typeof form !== 'object' || form === null || Object.keys(form).join() !== 'required') return undefined
  return (form as { readonly required: readonly string[] }).required
}

/** What a pattern means, which few can read. */
function described(schema: unknown): string {
  return isDescribed(schema) ? ` (${schema.description})` : ''
}

function isDescribed(schema: unknown): schema is { readonly description: string } {
  return (
    typeof schema === 'object' &&
    schema !== null &&
    'description' in schema &&
    typeof schema.description === 'string'
  )
}

function article(type: string): string {
  return /^[aio]/.test(type) ? `an ${type}` : `a ${type}`
}

function chosen(schema: unknown): string {
  if (!Array.isArray(schema)) return 'one of the listed values'
  if (schema.length === 1) return JSON.stringify(schema[0])
  const more = schema.length > MOST_CHOICES ? ' …' : ''
  const choices = schema.slice(0, MOST_CHOICES).map((choice) => JSON.stringify(choice))
  return `one of ${choices.join(', ')}${more}`
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
