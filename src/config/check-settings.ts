import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { parsePasswordHash } from '../identity/password-hash.ts'
import type { Report } from './environment.ts'
import type { SettingPath } from './mistake.ts'
import { networkOf } from './network.ts'
import { packageRoot } from './package-root.ts'
import type { Settings } from './settings.ts'

/** Holds a parsed portolan.yaml against schema.json, and answers what of it can be used; each mistake is named by its path. */
export function checkSettings(value: Json, report: Report): Settings {
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true })
  ajv.addFormat('network', (text) => networkOf(text) !== undefined)
  ajv.addFormat('password-hash', (text) => parsePasswordHash(text) !== undefined)
  const validate = ajv.compile(JSON.parse(readFileSync(schemaPath(), 'utf8')))
  if (validate(value)) return value as Settings
  const errors = validate.errors ?? []
  for (const error of errors) if (isTold(error)) report(sentence(error), placeOf(error))
  return isObject(value) ? withoutThose(value, errors) : {}
}

/** Parts beside a mistake are held against files and each other all the same. Without its keys a database would miss them. */
function withoutThose(value: JsonObject, errors: readonly ErrorObject[]): JsonObject {
  const wrong = new Set(errors.map((error) => placeOf(error)[0]))
  if (wrong.has('keys')) wrong.add('database')
  return Object.fromEntries(Object.entries(value).filter(([name]) => !wrong.has(name)))
}

/** Read from the sources: the compiler does not copy it. */
function schemaPath(): string {
  return join(packageRoot(), 'src/config/schema.json')
}

/** The branches of an `anyOf`, an `if` and the inner error of `propertyNames` say nothing that another error does not. */
function isTold(error: ErrorObject): boolean {
  return error.keyword !== 'if' && !error.schemaPath.includes('/anyOf/') && error.propertyName === undefined
}

function sentence(error: ErrorObject): string {
  const path = placeOf(error).join('.')
  const at = path === '' ? 'portolan.yaml' : path
  if (error.keyword === 'additionalProperties') return `${at}: no such setting`
  if (error.keyword === 'required') return `${at}: missing`
  if (error.keyword === 'propertyNames') return `${at}: a name has lower-case letters, digits and "-"`
  return `${at}: ${wanted(path, error)}`
}

/** The setting itself, also one that is missing or has no place there. */
function placeOf({ instancePath, params }: ErrorObject): SettingPath {
  const around = instancePath.split('/').slice(1)
  const inside = params['additionalProperty'] ?? params['missingProperty'] ?? params['propertyName']
  const path = around.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return inside === undefined ? path : [...path, String(inside)]
}

/** What the value at `path` would have to be. */
function wanted(path: string, { keyword, params, message }: ErrorObject): string | undefined {
  if (keyword === 'enum') return `must be one of ${params['allowedValues'].join(', ')}`
  if (keyword === 'anyOf') return ANY_OF
  if (keyword === 'format') return FORMATS[params['format'] as keyof typeof FORMATS]
  if (keyword === 'pattern') return PATTERNS[path.split('.').at(-1) ?? ''] ?? COUNTRY
  if (keyword === 'minItems' || keyword === 'minProperties') return 'must not be empty'
  return message
}

const ANY_OF = 'not of a form that is understood (a port is 0 to 65535, keys are id:base64)'
/** By the setting's name; only countries stand in a list. */
const PATTERNS: Readonly<Record<string, string>> = {
  adapter: 'a name has lower-case letters, digits and "-"',
  sink: 'must be a file, or an https address',
  database: 'must begin with sqlite: or postgres://',
  minimumVersion: 'must be a version of OSB, such as 2.13',
  url: 'must be an http or https address',
  username: 'must have 1 to 255 characters, without a colon'
}
const COUNTRY = 'must be a country code of two capital letters, such as FR'
const FORMATS = {
  network: 'must be a network such as 203.0.113.0/24 or an IP address',
  'password-hash': 'must be of the form scrypt:N:r:p:salt:hash, as `portolan password hash` writes it'
}
