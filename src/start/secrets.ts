import type { Config } from '../config/config.ts'
import type { Json } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'

const SECRET_NAME = /password|secret|token|key$/i

/** Configured secrets, so that the log can hold them back wherever they turn up. */
export function secretsOf(config: Config): readonly string[] {
  const accounts = [...config.platforms.flatMap(({ logins }) => logins), ...config.operators]
  return [
    ...accounts.flatMap((account) => ('password' in account ? [account.password] : [])),
    ...config.keys.map(({ key }) => key.toString('base64')),
    ...config.signingKeys.map(({ key }) => key.toString('base64')),
    ...Object.values(config.providers).flatMap((adapters) =>
      adapters.flatMap(({ settings }) => within(settings))
    ),
    ...(config.database.kind === 'postgres' ? [new URL(config.database.url).password] : []),
    ...(config.auditSink?.startsWith('http') ? [new URL(config.auditSink).password] : [])
  ].filter((secret) => secret !== '')
}

function within(value: Json, name = ''): string[] {
  if (typeof value === 'string') return SECRET_NAME.test(name) ? [value] : []
  if (Array.isArray(value)) return value.flatMap((each: Json) => within(each, name))
  return isObject(value) ? Object.entries(value).flatMap(([key, each]) => within(each, key)) : []
}
