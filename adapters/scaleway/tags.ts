import type { Mark } from '../../src/contract/adapter.ts'

const OURS = 'portolan'
const BROKER = 'portolan-broker='
const RESOURCE = 'portolan-resource='
const GENERATION = 'portolan-generation='

/** Scaleway's tags are plain words; a mark is four of them. */
export function tagsOf(mark: Mark): readonly string[] {
  return [OURS, brokerTag(mark.broker), resourceTag(mark.resource), `${GENERATION}${mark.generation}`]
}

export function brokerTag(broker: string): string {
  return `${BROKER}${broker}`
}

export function resourceTag(resource: string): string {
  return `${RESOURCE}${resource}`
}

/** Undefined when the tags are not a whole mark: the instance is somebody else's. */
export function markOf(tags: readonly string[]): Mark | undefined {
  const broker = valueOf(tags, BROKER)
  const resource = valueOf(tags, RESOURCE)
  const generation = Number(valueOf(tags, GENERATION) ?? Number.NaN)
  if (!tags.includes(OURS) || broker === undefined || resource === undefined) return undefined
  return Number.isSafeInteger(generation) ? { broker, resource, generation } : undefined
}

export function isMarked(tags: readonly string[], mark: Mark): boolean {
  return tagsOf(mark).every((tag) => tags.includes(tag))
}

function valueOf(tags: readonly string[], prefix: string): string | undefined {
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length)
}
