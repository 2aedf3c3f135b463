import type { JsonObject } from '../../../src/contract/json.ts'
import type { Instruction } from '../../../test/support/fake/serve.ts'
import { policyState, readBucketPolicy } from './bucket-policy.ts'
import { removeApplication } from './iam-world.ts'
import { type GivenStore, objectBacking } from './object-backing.ts'
import type { World } from './world.ts'

/**
 * `POST /store {endpoint, region, owner}`, `POST /foreign-bucket {name}`, `POST /bucket-tags {name, tags}`,
 * `POST /bucket-policy {name, policy}`, `POST /remove-application {id}`.
 */
export function bucketInstructions(world: World): Readonly<Record<string, Instruction>> {
  return {
    'POST /store': async (body) => {
      await objectBacking(body as unknown as GivenStore)
      return {}
    },
    'POST /foreign-bucket': async (body) => {
      const name = String(body['name'])
      await (await objectBacking()).addForeign(name)
      world.buckets.set(name, { name, region: 'fr-par', isForeign: true })
      return {}
    },
    'POST /bucket-tags': async (body) => {
      await (await objectBacking()).setTags(String(body['name']), body['tags'] as Record<string, string>)
      return {}
    },
    'POST /bucket-policy': (body) => {
      const bucket = world.buckets.get(String(body['name']))
      if (!bucket) return undefined
      if (body['policy'] === null) delete bucket.policy
      else bucket.policy = readBucketPolicy(JSON.stringify(body['policy']), bucket.name)
      return {}
    },
    'POST /remove-application': (body) => {
      removeApplication(world.iam, String(body['id']))
      return {}
    }
  }
}

/** Every bucket, with what really stands. */
export async function bucketState({ buckets }: World): Promise<JsonObject[]> {
  if (buckets.size === 0) return []
  const { project, stranger, look } = await objectBacking()
  return Promise.all(
    [...buckets.values()].map(async ({ name, region, isForeign, policy }) => ({
      name,
      region,
      foreign: isForeign,
      policy: policyState(policy),
      ...(await look(name, isForeign ? stranger : project))
    }))
  )
}

export async function resetBuckets({ buckets }: World): Promise<void> {
  const names = [...buckets.keys()]
  buckets.clear()
  for (const name of names) await (await objectBacking()).remove(name)
}
