import type { JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'

/** The fields that a schema describes, by name. */
export function propertiesOf(schema: JsonObject): JsonObject {
  const properties = schema['properties']
  return isObject(properties) ? properties : {}
}
