import type { ExampleAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import type { View } from '../../contract/family.ts'
import type { JsonObject } from '../../contract/json.ts'

/** The same keys as the other families where they have a meaning; nothing is ever null. */
export function credentials(
  access: ExampleAccess,
  login: Login,
  view: View,
  parameters: JsonObject
): JsonObject {
  const keys = {
    uri: `example://${login.name}:${login.password}@${access.box}`,
    name: access.box,
    username: login.name,
    password: login.password,
    access: parameters['access'] ?? 'read-write'
  }
  return view === 'kubernetes' ? { ...keys, type: 'example', provider: 'portolan' } : keys
}
