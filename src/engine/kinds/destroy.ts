import { isRetryable, ProviderFailure } from '../../contract/errors.ts'
import type { Call } from '../../contract/ports.ts'
import type { EngineDeps } from '../deps.ts'
import { goneIsFine } from '../outcome.ts'
import { toldMs } from '../pace.ts'
import { releasePiece } from '../release-piece.ts'
import type { StepResult } from '../step-result.ts'
import { namesOf, type Subject } from '../subject.ts'

/** How long to wait for the clean-up of a binding before looking again. */
const BINDINGS_MS = 1000

/** Stages: `release` (the family, inside the resource), `destroy` (the driver, until gone). The way of a delete and of a clean-up. */
export async function destroyStep(deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult> {
  const { resource } = subject
  // Without a handle the driver was never asked for an effect: nothing can stand there.
  if (!resource.handle || resource.state === 'gone') return { kind: 'done' }
  return subject.operation.stage === 'destroy' ? remove(deps, subject, call) : release(deps, subject, call)
}

/** What did not go may have been filled again since it was emptied: by who was still writing when his login was removed. */
async function remove(deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult> {
  const { operation, family } = subject
  if (operation.failures > 0 && family.alwaysReleased) {
    const piece = await pieceLeft(deps, subject, call)
    if (piece?.kind === 'next' && piece.stage === 'release') return piece
  }
  return destroy(subject, call)
}

/** The way in may have gone already: then it is the driver's to say what is left. */
async function pieceLeft(deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult | undefined> {
  try {
    return await releasePiece(deps, subject, subject.resource.handle, call)
  } catch (thrown) {
    if (!(thrown instanceof ProviderFailure) || isRetryable(thrown) || thrown.kind === 'conflict')
      throw thrown
    return undefined
  }
}

async function release(deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult> {
  const { family, resource, plan } = subject
  if (await bindingsAreBeingCleaned(deps, subject)) {
    return {
      kind: 'next',
      stage: 'release',
      afterMs: BINDINGS_MS,
      note: 'waiting until the logins of its bindings are removed'
    }
  }
  await refuseInUse(deps, subject, call)
  // What has a server to itself mostly takes everything in it along.
  const goesAlong = plan.isolation === 'dedicated' && !family.alwaysReleased
  if (goesAlong) return { kind: 'next', stage: 'destroy', afterMs: 0 }
  return releasePiece(deps, subject, resource.handle, call)
}

/** A target that the books take for unfinished, and that has become an instance's since: they are an old backup. */
async function refuseInUse(deps: EngineDeps, subject: Subject, call: Call): Promise<void> {
  const { driver, family, resource, plan } = subject
  if (resource.state !== 'target' || !resource.handle || !driver.access || !family.move?.isInUse) return
  const looked = driver
    .access(resource.handle, call)
    .then((access) => family.move?.isInUse?.({ access, names: namesOf(deps, resource) }, call))
  const isInUse = await goneIsFine(looked).catch((thrown: unknown) => {
    // What never came up cannot be asked, and must not stay for that.
    if (plan.isolation === 'dedicated' && thrown instanceof ProviderFailure) return false
    throw thrown
  })
  if (isInUse !== true) return
  throw new ProviderFailure(
    'conflict',
    `the target ${resource.name} is in use: the move has completed after these books were kept, and nothing is removed`
  )
}

async function destroy(subject: Subject, call: Call): Promise<StepResult> {
  const { driver, resource } = subject
  if (!resource.handle) return { kind: 'done' }
  const sighting = await goneIsFine(driver.destroy(resource.handle, call))
  if (sighting === 'gone' || sighting.state === 'gone') return { kind: 'done' }
  const { handle } = sighting
  return {
    kind: 'next',
    stage: 'destroy',
    made: { handle },
    ...(sighting.state === 'pending' && sighting.lookAgainInSeconds !== undefined
      ? { afterMs: toldMs(sighting.lookAgainInSeconds) }
      : {}),
    ...(sighting.state !== 'ready' && sighting.note !== undefined ? { note: sighting.note } : {})
  }
}

async function bindingsAreBeingCleaned(deps: EngineDeps, { operation, instance }: Subject): Promise<boolean> {
  if (operation.binding !== undefined) return false
  const open = await deps.store.database.read((session) =>
    deps.store.operations.openOfInstance(session, instance.id)
  )
  return open.some((each) => each.kind === 'clean-up' && each.binding !== undefined)
}
