import type { JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import type { Instance } from '../domain/instance.ts'
import type { Plan, Provider } from '../domain/offer.ts'

/** OSB "Service Instance Metadata": told in the first answer, and the same ever after. */
export function instanceMetadata(instance: Pick<Instance, 'labels'>): object {
  return { metadata: { labels: instance.labels } }
}

export function labelsOf(plan: Plan, provider: Provider | undefined, region: string): Record<string, string> {
  const country = provider?.regions.find((each) => each.name === region)?.country ?? provider?.country
  return {
    provider: plan.provider,
    region,
    ...(country === undefined ? {} : { country }),
    isolation: plan.isolation
  }
}

/** Parameters without what the schema marks `writeOnly`. */
export function readableParameters(schema: JsonObject, parameters: JsonObject): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const readable = Object.entries(parameters).flatMap(([name, value]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!isObject(property)) return [[name, value] as const]
    if (property['writeOnly'] === true) return []
    return [[name, isObject(value) ? readableParameters(property, value) : value] as const]
  })
  return Object.fromEntries(readable)
}
