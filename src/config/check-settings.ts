import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import type { Json } from '../contract/json.ts'
import { parsePasswordHash } from '../identity/password-hash.ts'
import type { Report } from './environment.ts'
import { networkOf } from './network.ts'
import { packageRoot } from './package-root.ts'
import type { Settings } from './settings.ts'

/** Holds a parsed portolan.yaml against schema.json; each mistake is named by its path. */
export function checkSettings(value: Json, report: Report): value is Json & Settings {
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true })
  ajv.addFormat('network', (text) => networkOf(text) !== undefined)
  ajv.addFormat('password-hash', (text) => parsePasswordHash(text) !== undefined)
  const validate = ajv.compile(JSON.parse(readFileSync(schemaPath(), 'utf8')))
  if (validate(value)) return true
  for (const error of validate.errors ?? []) if (isTold(error)) report(sentence(error))
  return false
}

/** Read from the sources: the compiler does not copy it. */
function schemaPath(): string {
  return join(packageRoot(), 'src/config/schema.json')
}

/** The branches of an `anyOf` and the inner error of `propertyNames` say nothing that the outer error does not. */
function isTold(error: ErrorObject): boolean {
  return !error.schemaPath.includes('/anyOf/') && error.propertyName === undefined
}

function sentence({ instancePath, keyword, params, message }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  const at = path === '' ? 'portolan.yaml' : path
  const within = (name: unknown): string => (path === '' ? String(name) : `${path}.${String(name)}`)
  if (keyword === 'additionalProperties') return `${within(params['additionalProperty'])}: no such setting`
  if (keyword === 'required') return `${within(params['missingProperty'])}: missing`
  if (keyword === 'propertyNames')
    return `${within(params['propertyName'])}: a name has lower-case letters, digits and "-"`
  if (keyword === 'enum') return `${at}: must be one of ${params['allowedValues'].join(', ')}`
  if (keyword === 'anyOf') return `${at}: ${ANY_OF}`
  if (keyword === 'format') return `${at}: ${FORMATS[params['format'] as keyof typeof FORMATS]}`
  return `${at}: ${message}`
}

const ANY_OF = 'not of a form that is understood (a port is 0 to 65535, keys are id:base64)'
const FORMATS = {
  network: 'must be a network such as 203.0.113.0/24 or an IP address',
  'password-hash': 'must be of the form scrypt:N:r:p:salt:hash, as `portolan` writes it'
}
