import type { Instance } from './instance.ts'
import { randomName, randomSeed } from './names.ts'
import { newId } from './new-id.ts'
import type { Plan } from './offer.ts'
import type { Resource } from './resource.ts'
import { revisionOf } from './revision.ts'

/** What an instance would move to, with a name and secrets of its own. */
export function newTarget(
  { id: instance, platform }: Pick<Instance, 'id' | 'platform'>,
  to: Plan,
  region: string,
  generation: number
): Resource {
  return {
    id: newId(),
    instance,
    platform,
    provider: to.provider,
    family: to.family,
    region,
    name: randomName('p'),
    generation,
    state: 'target',
    revision: revisionOf(to).digest,
    seed: randomSeed()
  }
}
