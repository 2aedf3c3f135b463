import type { Json } from '../contract/json.ts'
import type { Environment, Report } from './environment.ts'
import type { SettingPath } from './mistake.ts'

const PLACE = /\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Puts the environment's values where `${NAME}` stands in a text; `$${` is a plain `${`. Done on parsed YAML, so a secret cannot change its shape. */
export function interpolate(
  value: Json,
  environment: Environment,
  report: Report,
  path: SettingPath = []
): Json {
  if (typeof value === 'string') return fill(value, environment, report, path)
  if (Array.isArray(value))
    return value.map((item, index) => interpolate(item, environment, report, [...path, String(index)]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item, environment, report, [...path, key])])
  )
}

function fill(text: string, environment: Environment, report: Report, path: SettingPath): string {
  return text.replace(PLACE, (whole, escaped: string | undefined, name: string) => {
    if (escaped !== undefined) return escaped
    const value = environment.get(name)
    if (value === undefined) report(`${path.join('.')}: neither ${name} nor ${name}_FILE is set`, path)
    return value ?? whole
  })
}
