import { createHash } from 'node:crypto'
import type { Json } from '../contract/json.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import type { Plan } from '../domain/offer.ts'

export interface PlanRevision {
  /** SHA-256 of `body`, hexadecimal: plans that say the same have the same one, however their files were written. */
  readonly digest: string
  /** The plan as canonical JSON; parsed it is the plan again. */
  readonly body: string
}

/** Takes the plan as the catalog has it, never one whose regions were cut to what a platform sees. */
export function revisionOf(plan: Plan): PlanRevision {
  const body = canonicalJson(plan as unknown as Json)
  return { digest: createHash('sha256').update(body).digest('hex'), body }
}
