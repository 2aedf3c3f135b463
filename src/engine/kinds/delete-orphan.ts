import type { Handle } from '../../contract/adapter.ts'
import { isRetryable, ProviderFailure } from '../../contract/errors.ts'
import type { Call } from '../../contract/ports.ts'
import type { Operation } from '../../domain/operation.ts'
import type { EngineDeps } from '../deps.ts'
import type { Kind } from '../kind.ts'
import { nobody } from '../nobody.ts'
import { GivesUp, goneIsFine } from '../outcome.ts'
import { toldMs } from '../pace.ts'
import { releasePiece } from '../release-piece.ts'
import type { StepResult } from '../step-result.ts'
import type { Subject, Works } from '../subject.ts'

/** Of a subject that no instance has. */
type Orphaned = Pick<Subject, 'operation' | 'resource' | 'driver' | 'family'>

/** Whoever lost the books may have lost the way in with them: after so many tries it goes as a whole. */
const RELEASE_TRIES = 3

/**
 * Of an orphan that an operator ordered to be deleted, and of nothing else. Stages: `release` (the family, inside), `destroy` (the
 * driver, until gone), `prove`. Before each the books and the mark at the provider are read again. Whatever makes it fail leaves it
 * the orphan that it was.
 */
export const DELETE_ORPHAN: Kind = {
  load,
  async step(deps, subject, call) {
    await refuseUnlessOrdered(deps, subject)
    const { stage } = subject.operation
    if (stage === 'prove') return prove(subject, call)
    const handle = await findAgain(deps, subject, call)
    return stage === 'destroy' ? destroy(subject, handle, call) : release(deps, subject, handle, call)
  },
  async success(deps, session, operation, { resource }) {
    const { id, provider, family, name, generation } = resource
    await deps.store.resources.change(session, id, { state: 'gone', goneAt: deps.now() })
    await deps.store.orphans.forget(session, id)
    await deps.store.audit.insert(session, {
      at: deps.now(),
      platform: '',
      actor: 'broker',
      action: 'delete orphan',
      subject: `resource ${name}`,
      operation: operation.id,
      detail: { provider, family, generation, proof: proofOf(resource) }
    })
  },
  async failure(deps, session, { resource: id = '' }) {
    const resource = await deps.store.resources.byId(session, id)
    if (resource?.state === 'erasing') await deps.store.resources.change(session, id, { state: 'gone' })
  }
}

async function load({ store }: EngineDeps, operation: Operation): Promise<Works> {
  const resource = await store.database.read((session) =>
    store.resources.byId(session, operation.resource ?? '')
  )
  if (!resource) throw new Error(`operation ${operation.id} has no resource`)
  return { resource, ...nobody(resource) }
}

/** As they are committed now: what the step before knew may be old. */
async function refuseUnlessOrdered({ store }: EngineDeps, { resource }: Orphaned): Promise<void> {
  const { state, owner } = await store.database.read(async (session) => ({
    state: (await store.resources.byId(session, resource.id))?.state,
    owner: await store.instances.pointingAt(session, resource.id)
  }))
  if (state === 'erasing' && !owner) return
  const why = owner ? `the service instance ${owner.osbId} has it` : `it is ${state ?? 'unknown'}`
  throw new GivesUp('conflict', `the resource ${resource.name} is not to be deleted: ${why}`)
}

/** Its mark is read anew. Where it stands is what the books kept, which may know more than a list tells. */
async function findAgain(
  deps: EngineDeps,
  { driver, resource }: Orphaned,
  call: Call
): Promise<Handle | undefined> {
  for await (const { mark, name, handle } of driver.list?.(deps.brokerId, call) ?? []) {
    if (mark.resource !== resource.id) continue
    if (name === resource.name && mark.generation === resource.generation) return resource.handle ?? handle
    throw new GivesUp(
      'conflict',
      `the resource ${resource.name} is not deleted: its mark says ${name} of generation ${mark.generation} now, and the order was for generation ${resource.generation}`
    )
  }
  return resource.handle
}

async function release(
  deps: EngineDeps,
  subject: Orphaned,
  handle: Handle | undefined,
  call: Call
): Promise<StepResult> {
  const { resource, operation } = subject
  try {
    return await releasePiece(deps, subject, handle, call)
  } catch (thrown) {
    if (!(thrown instanceof ProviderFailure) || thrown.kind === 'conflict') throw thrown
    if (isRetryable(thrown) && operation.failures < RELEASE_TRIES) throw thrown
    call.note(`nobody gets into ${resource.name}, it goes as a whole: ${thrown.message}`)
    return { kind: 'next', stage: 'destroy', afterMs: 0 }
  }
}

async function destroy({ driver }: Orphaned, handle: Handle | undefined, call: Call): Promise<StepResult> {
  const gone: StepResult = { kind: 'next', stage: 'prove', afterMs: 0 }
  if (!handle) return gone
  const sighting = await goneIsFine(driver.destroy(handle, call))
  if (sighting === 'gone' || sighting.state === 'gone') return { ...gone, made: { handle } }
  const { lookAgainInSeconds, note } = { lookAgainInSeconds: undefined, note: undefined, ...sighting }
  return {
    kind: 'next',
    stage: 'destroy',
    made: { handle: sighting.handle },
    ...(lookAgainInSeconds === undefined ? {} : { afterMs: toldMs(lookAgainInSeconds) }),
    ...(note === undefined ? {} : { note })
  }
}

/** Asks the provider. */
async function prove({ driver, resource }: Orphaned, call: Call): Promise<StepResult> {
  if (!resource.handle) return { kind: 'done' }
  const seen = await goneIsFine(driver.observe(resource.handle, call))
  if (seen === 'gone' || seen.state === 'gone') return { kind: 'done' }
  throw new Error(
    `the resource ${resource.name} was destroyed, and the provider still shows it as ${seen.state}`
  )
}

function proofOf({ provider, name }: Subject['resource']): string {
  return `the provider ${provider} has nothing called ${name} any more`
}
