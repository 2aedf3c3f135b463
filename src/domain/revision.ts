import { createHash } from 'node:crypto'
import type { Json } from '../contract/json.ts'
import { canonicalJson } from './canonical-json.ts'
import type { Plan } from './offer.ts'

export interface PlanRevision {
  /** SHA-256 of `body`, hexadecimal: plans that say the same have the same one, however their files were written. */
  readonly digest: string
  /** The plan as canonical JSON; parsed it is the plan again. */
  readonly body: string
}

/** Takes the plan as the catalog has it, never one whose regions were cut to what a platform sees. A plan as it is now, and its digest: what an instance points at for the rest of its life. */
export function revisionOf(plan: Plan): PlanRevision {
  const known = digests.get(plan)
  if (known) return known
  const body = canonicalJson(plan as unknown as Json)
  const revision = { digest: createHash('sha256').update(body).digest('hex'), body }
  digests.set(plan, revision)
  return revision
}

const digests = new WeakMap<Plan, PlanRevision>()
