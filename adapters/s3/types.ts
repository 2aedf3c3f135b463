import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, textAt } from '../../src/contract/read.ts'
import type { Key } from './settings.ts'

/** What we use of a user of radosgw. */
export interface User {
  readonly id: string
  /** Empty for most. */
  readonly tenant: string
  readonly displayName: string
  readonly keys: readonly Key[]
  /** What it may do in the admin API: `users` → `*`. */
  readonly capabilities: Readonly<Record<string, string>>
}

export function readUser(json: Json | undefined): User {
  const user = asObject(json)
  const { tenant } = user
  return {
    id: textAt(user, 'user_id'),
    tenant: typeof tenant === 'string' ? tenant : '',
    displayName: textAt(user, 'display_name'),
    keys: readKeys(user['keys']),
    capabilities: Object.fromEntries(
      arrayAt(user, 'caps')
        .filter(isObject)
        .map((each) => [textAt(each, 'type'), textAt(each, 'perm')])
    )
  }
}

export function readKeys(json: Json | undefined): readonly Key[] {
  if (!Array.isArray(json)) throw new ProviderFailure('unexpected', 'radosgw told no list of keys')
  return (json as readonly Json[]).filter(isObject).map((each) => ({
    accessKeyId: textAt(each, 'access_key'),
    secretAccessKey: textAt(each, 'secret_key')
  }))
}

function asObject(json: Json | undefined): JsonObject {
  if (isObject(json)) return json
  throw new ProviderFailure('unexpected', 'radosgw answered something that is not a JSON object')
}
