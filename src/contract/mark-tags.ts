import type { Mark } from './adapter.ts'

const BROKER = 'portolan-broker'
const RESOURCE = 'portolan-resource'
const GENERATION = 'portolan-generation'

export const MARK_TAGS = [BROKER, RESOURCE, GENERATION] as const

/** A mark as tags with names and values, for providers that have them: S3 buckets. */
export function markTags(mark: Mark): Readonly<Record<string, string>> {
  return { [BROKER]: mark.broker, [RESOURCE]: mark.resource, [GENERATION]: String(mark.generation) }
}

/** The mark among tags; `undefined` when it is not there, or not whole. */
export function readMarkTags(tags: Readonly<Record<string, string>>): Mark | undefined {
  const { [BROKER]: broker, [RESOURCE]: resource, [GENERATION]: generation } = tags
  if (broker === undefined || resource === undefined || generation === undefined) return undefined
  const number = Number(generation)
  return Number.isSafeInteger(number) ? { broker, resource, generation: number } : undefined
}
