import type { Driver } from '../../contract/adapter.ts'
import type { Call } from '../../contract/ports.ts'
import { textAt } from '../../contract/read.ts'
import { isStanding, type Known, type Listing, type Observed } from '../../domain/drift.ts'
import type { Operation } from '../../domain/operation.ts'
import type { Resource } from '../../domain/resource.ts'
import { knownResources } from '../../store/known-resources.ts'
import { isRecovering } from '../../store/recovery.ts'
import { type RememberedLook, rememberLook } from '../../store/remember-look.ts'
import type { EngineDeps } from '../deps.ts'
import type { Kind } from '../kind.ts'
import { listedBy } from '../listed-by.ts'
import { nobody } from '../nobody.ts'
import { observedBy } from '../observed-by.ts'
import type { StepResult } from '../step-result.ts'
import type { Subject, Works } from '../subject.ts'

/** What a look has of a subject: where it looks. */
interface Looked {
  readonly resource: Pick<Resource, 'provider' | 'family'>
  readonly driver: Pick<Driver, 'list' | 'observe'>
}

/**
 * Looks how one service of a provider differs from the books, and remembers it. Only the books are written. Stage: `look`, which is
 * begun anew wherever it was broken off. A provider that does not answer is asked again, ever more rarely, and what was known of it
 * stays as it is.
 */
export const LOOK: Kind = {
  load,
  isLong: true,
  isBrokenOff: true,
  isEndless: () => true,
  step: look,
  async success() {},
  async failure() {}
}

/** Nothing that stands anywhere: only the service to look at. */
async function load(_deps: EngineDeps, { provider = '', request = {} }: Operation): Promise<Works> {
  const nowhere = { id: '', instance: '', platform: '', region: '', name: '', revision: '', seed: '' }
  const resource: Resource = {
    ...nowhere,
    provider,
    family: textAt(request, 'family'),
    generation: 0,
    state: 'gone'
  }
  return { resource, ...nobody(resource) }
}

async function look(deps: EngineDeps, subject: Subject, call: Call): Promise<StepResult> {
  const { store } = deps
  const before = await store.database.read((session) => knownResources(store, session))
  const listing = await listingOf(deps, subject, call)
  const standing = [...before.values()].filter((each) => isHere(subject, each) && isStanding(each))
  const seen = await observeEach(subject, standing, call)
  call.signal.throwIfAborted()
  const found = await store.database.write(async (session) =>
    (await isRecovering(store, session))
      ? undefined
      : rememberLook(store, session, { before, listings: [listing], seen })
  )
  if (found) tell(deps, found)
  return { kind: 'done' }
}

function isHere({ resource: { provider, family } }: Looked, { resource }: Known): boolean {
  return resource.provider === provider && resource.family === family
}

async function listingOf(
  { brokerId }: EngineDeps,
  { driver, resource: { provider, family } }: Looked,
  call: Call
): Promise<Listing> {
  if (!driver.list) return { provider, family, cannot: 'it has no list', why: 'no list' }
  return { provider, family, listed: await listedBy(driver, brokerId, call) }
}

/** One after the other: nobody waits for it. */
async function observeEach(
  { driver }: Looked,
  standing: readonly Known[],
  call: Call
): Promise<ReadonlyMap<string, Observed>> {
  const seen = new Map<string, Observed>()
  for (const { resource } of standing) {
    call.signal.throwIfAborted()
    seen.set(resource.id, await observedBy(driver, resource.handle, call))
  }
  return seen
}

const TOLD = {
  missing: 'a resource is gone at its provider',
  differing: 'a resource is of another generation at its provider',
  broken: 'a resource will not work any more at its provider'
} as const

/** Once for each that is found. */
function tell({ log }: EngineDeps, { newOrphans, newlyDrifting }: RememberedLook): void {
  for (const { provider, family, name, mark } of newOrphans)
    log.warn(
      { provider, family, name, resource: mark.resource },
      'an orphan was found at a provider: portolan drift says what may be done about it'
    )
  for (const { known, kind } of newlyDrifting) {
    const { provider, family, name, id, instance } = known.resource
    log.warn(
      { provider, family, name, resource: id, instance },
      `${TOLD[kind]}: portolan drift says what may be done about it`
    )
  }
}
