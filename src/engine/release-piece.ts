import type { Handle } from '../contract/adapter.ts'
import type { Call } from '../contract/ports.ts'
import type { EngineDeps } from './deps.ts'
import { goneIsFine } from './outcome.ts'
import type { StepResult } from './step-result.ts'
import { namesOf, type Subject } from './subject.ts'

/** One piece of the family's release: the stage `release` again while more is left, else `destroy`. */
export async function releasePiece(
  deps: EngineDeps,
  { driver, family, resource }: Pick<Subject, 'driver' | 'family' | 'resource'>,
  handle: Handle | undefined,
  call: Call
): Promise<StepResult> {
  const next: StepResult = { kind: 'next', stage: 'destroy', afterMs: 0 }
  if (!handle || !driver.access || !family.release) return next
  const access = await goneIsFine(driver.access(handle, call))
  if (access === 'gone') return next
  const left = await goneIsFine(family.release(access, namesOf(deps, resource), call))
  return typeof left === 'object' ? { ...next, stage: 'release', note: left.note } : next
}
