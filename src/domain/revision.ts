import { createHash } from 'node:crypto'
import type { Json } from '../contract/json.ts'
import { canonical } from './canonical.ts'
import type { Plan } from './offer.ts'

/** A plan as it is now, and its digest: what an instance points at for the rest of its life. */
export function revisionOf(plan: Plan): { readonly digest: string; readonly body: string } {
  const known = digests.get(plan)
  if (known) return known
  const body = canonical(JSON.parse(JSON.stringify(plan)) as Json)
  const revision = { digest: createHash('sha256').update(body).digest('hex'), body }
  digests.set(plan, revision)
  return revision
}

const digests = new WeakMap<Plan, { readonly digest: string; readonly body: string }>()
