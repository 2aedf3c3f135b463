import type { Mark } from '../../src/contract/adapter.ts'

const OURS = 'portolan'

/**
 * A service has no name and no tags, only a description: our word, the order's name and the whole mark. It is compared exactly; somebody
 * who rewrites it takes the service from the broker.
 */
export function descriptionOf(name: string, { broker, resource, generation }: Mark): string {
  return [OURS, name, encodeURIComponent(broker), encodeURIComponent(resource), String(generation)].join(' ')
}

/** Undefined for every other text: the service is somebody else's. */
export function readDescription(text: string): { readonly name: string; readonly mark: Mark } | undefined {
  const [, name, broker, resource, generation] = text.split(' ')
  if (name === undefined || broker === undefined || resource === undefined) return undefined
  const mark = { broker: decoded(broker), resource: decoded(resource), generation: Number(generation) }
  return descriptionOf(name, mark) === text ? { name, mark } : undefined
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
