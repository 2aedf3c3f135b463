import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import type { AdapterModule } from '../../src/contract/adapter.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { isObject } from '../../src/contract/read.ts'

const REQUIRED = ['adapter.yaml', 'README.md', 'index.ts']

/** What an adapter's folder lacks; `module` is what its index exports. */
export function faultsOf(folder: string, name: string, module: AdapterModule): readonly string[] {
  const faults = descriptionFaults(folder, name, module)
  return existsSync(join(folder, 'adapter.yaml')) ? [...faults, ...enrolmentFaults(folder)] : faults
}

/** The same without its enrolment: one from outside has its own. */
export function descriptionFaults(folder: string, name: string, module: AdapterModule): readonly string[] {
  const missing = REQUIRED.filter((file) => !existsSync(join(folder, file))).map((file) => `has no ${file}`)
  if (!existsSync(join(folder, 'adapter.yaml'))) return missing
  const described: unknown = parse(readFileSync(join(folder, 'adapter.yaml'), 'utf8'))
  if (!isObject(described as Json)) return ['has an adapter.yaml that is not an object']
  return [
    ...missing,
    ...namingFaults(described as JsonObject, name, module),
    ...serviceFaults(described as JsonObject),
    ...settingFaults(described as JsonObject, module.settingsSchema),
    ...fixtureFaults(folder)
  ]
}

function namingFaults(described: JsonObject, name: string, module: AdapterModule): string[] {
  const called = { 'adapter.yaml': described['name'], 'index.ts': module.name }
  return Object.entries(called)
    .filter(([, given]) => given !== name)
    .map(([file, given]) => `is called ${String(given)} in ${file}`)
}

function serviceFaults({ services }: JsonObject): string[] {
  const isList = Array.isArray(services) && services.length > 0
  return isList ? [] : ['names no services in adapter.yaml']
}

interface Setting {
  readonly schema: JsonObject
  readonly isRequired: boolean
}

function settingFaults(described: JsonObject, schema: JsonObject): string[] {
  const told = objectAt(described, 'settings')
  const known = new Map(settingsOf(schema))
  const keys = [...new Set([...Object.keys(told), ...known.keys()])]
  return keys.flatMap((key) => settingFault(key, told[key], known.get(key)) ?? [])
}

function settingFault(key: string, told: Json | undefined, known: Setting | undefined): string | undefined {
  if (known === undefined) return `describes the setting ${key} that settingsSchema does not have`
  if (!isObject(told)) return `does not describe the setting ${key} of settingsSchema`
  const { schema, isRequired } = known
  if (typeof told['help'] !== 'string') return `has no help for the setting ${key}`
  if ((told['required'] === true) !== isRequired) return `disagrees on whether ${key} is required`
  if ((told['secret'] === true) !== (schema['writeOnly'] === true))
    return `disagrees on whether ${key} is secret`
  return isDeepStrictEqual(told['default'], schema['default'])
    ? undefined
    : `disagrees on the default of ${key}`
}

/** Every setting by its path: `regions`, `servers[].tls.ca`. */
function settingsOf(schema: JsonObject, path = ''): [string, Setting][] {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(objectAt(schema, 'properties')).flatMap(([key, value]) => {
    if (!isObject(value)) return []
    const here = `${path}${key}`
    const setting: Setting = { schema: value, isRequired: required.includes(key) }
    return [
      [here, setting],
      ...settingsOf(value, `${here}.`),
      ...settingsOf(objectAt(value, 'items'), `${here}[].`)
    ]
  })
}

function enrolmentFaults(folder: string): string[] {
  const tests = sources(folder).filter((file) => file.endsWith('.test.ts'))
  const enrolled = tests.some((file) =>
    /^driverConformance\(|^\s+driverConformance\(/mu.test(readFileSync(file, 'utf8'))
  )
  return enrolled ? [] : ['is not enrolled in the conformance kit']
}

function fixtureFaults(folder: string): string[] {
  const fixtures = join(folder, 'fixtures')
  if (!existsSync(fixtures)) return []
  const read = sources(folder)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  return readdirSync(fixtures)
    .filter((file) => !read.includes(file) && !read.includes(file.slice(0, -extname(file).length)))
    .map((file) => `has a fixture that nobody reads: ${file}`)
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key]
  return isObject(value) ? value : {}
}
