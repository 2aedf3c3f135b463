import type { Observed } from '../../domain/drift.ts'
import type { Resource } from '../../domain/resource.ts'
import type { OperatorDeps } from './deps.ts'

/** A provider is not asked for thousands of things at once, nor for ever. */
const AT_ONCE = 8
const LONGEST_MS = 40_000

/** What the providers show of each of these now, by their ids; of those who were not asked in time the lists have to tell. */
export async function observeAll(
  { observe }: Pick<OperatorDeps, 'observe'>,
  resources: readonly Resource[]
): Promise<ReadonlyMap<string, Observed>> {
  const seen = new Map<string, Observed>()
  const left = resources.values()
  const until = Date.now() + LONGEST_MS
  const work = async (): Promise<void> => {
    for (const resource of left) if (Date.now() < until) seen.set(resource.id, await observe(resource))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return seen
}
