import { type Listing, type Standing, standingIn } from '../../domain/drift.ts'
import { randomSeed } from '../../domain/names.ts'
import { newId } from '../../domain/new-id.ts'
import type { Operation } from '../../domain/operation.ts'
import { ORPHAN_KEPT_MS } from '../../domain/orphan.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { Resource } from '../../domain/resource.ts'
import type { KnownOrphan } from '../../store/orphans.ts'
import type { Session } from '../../store/session.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { findOperation } from './find-operation.ts'
import { type OperationView, operationView } from './operation-view.ts'
import { orphansAmong } from './orphans-among.ts'
import { timeOf } from './time.ts'
import { operatorTrace } from './trace.ts'

/** Which orphan, and its name once more, so that it is no slip. */
export interface DeleteOrphanRequest {
  readonly provider: string
  /** Where one name stands in two services of a provider. */
  readonly family?: string
  readonly name: string
  readonly confirm: string
}

/** So long is waited for the end; it goes on without anybody waiting. */
const WAIT_MS = 10_000

/**
 * Orders that one orphan is destroyed. The provider is asked anew; what belongs to an instance, or did so less than a week ago, is
 * refused. Asked again it answers the same operation.
 */
export async function deleteOrphan(
  deps: OperatorDeps,
  caller: OperatorCaller,
  request: DeleteOrphanRequest
): Promise<OperationView> {
  if (request.confirm !== request.name)
    throw new Refusal(422, 'The field confirm must be the name of what is to be deleted, once more.')
  refuseInRecovery(deps)
  const last = await lastOrder(deps, request)
  const id = last?.state === 'in progress' ? last.id : await order(deps, caller, request)
  deps.runner.wake()
  await deps.runner.ended(id, WAIT_MS)
  return operationView(await deps.store.database.read((session) => findOperation(deps, session, id)))
}

/** By books that may be old nothing is destroyed. */
function refuseInRecovery({ audit }: OperatorDeps): void {
  if (audit.reason())
    throw new Refusal(409, 'The broker recovers: nothing is deleted until portolan recover has confirmed.')
}

/** The last operation of the same order. */
async function lastOrder(
  { store }: OperatorDeps,
  { provider, family, name }: DeleteOrphanRequest
): Promise<Operation | undefined> {
  return store.database.read(async (session) => {
    const resource = await store.resources.byName(session, name)
    if (resource?.provider !== provider || (family ?? resource.family) !== resource.family) return undefined
    return store.operations.lastOf(session, 'delete-orphan', resource.id)
  })
}

async function order(
  deps: OperatorDeps,
  caller: OperatorCaller,
  request: DeleteOrphanRequest
): Promise<string> {
  const listings = await deps.list(request.provider)
  const { orphans } = await orphansAmong(deps, listings)
  const orphan = theOrphan(request, orphans)
  if (orphan) return deps.store.database.write((session) => accept(deps, session, caller, orphan))
  // The same order may have been accepted while the provider was asked.
  const last = await lastOrder(deps, request)
  if (last && last.state !== 'failed') return last.id
  throw whyNone(request, listings)
}

async function accept(
  deps: OperatorDeps,
  session: Session,
  caller: OperatorCaller,
  orphan: Standing
): Promise<string> {
  const { store } = deps
  const held = await store.orphans.hold(session, orphan.mark.resource)
  const [open] = await store.operations.openOfResource(session, orphan.mark.resource)
  if (open?.kind === 'delete-orphan') return open.id
  refuseYoung(orphan, held)
  const { id: resource, platform, generation } = await resourceOf(deps, session, orphan)
  const id = newId()
  await store.operations.insert(session, {
    id,
    kind: 'delete-orphan',
    stage: 'release',
    platform,
    resource,
    answered: true,
    now: deps.now()
  })
  const { provider, family, region, name } = orphan
  await store.audit.insert(
    session,
    operatorTrace(caller, deps.now(), {
      action: 'order deletion of an orphan',
      subject: `resource ${name}`,
      operation: id,
      detail: { provider, family, region, resource, generation }
    })
  )
  return id
}

/** Exactly one, and by its whole name. */
function theOrphan(
  { provider, family, name }: DeleteOrphanRequest,
  orphans: readonly Standing[]
): Standing | undefined {
  const [orphan, ...others] = orphans.filter(
    (each) => each.name === name && (family === undefined || each.family === family)
  )
  if (others.length === 0) return orphan
  throw new Refusal(409, `Several things at ${provider} are called ${name}: say which service is meant.`)
}

function whyNone({ provider, family, name }: DeleteOrphanRequest, all: readonly Listing[]): Refusal {
  const listings = all.filter((each) => family === undefined || each.family === family)
  if (standingIn(listings).some((each) => each.name === name))
    return new Refusal(
      409,
      `${name} at ${provider} is no orphan: it belongs to a service instance, or something is under way on it.`
    )
  const silent = listings.find((each) => 'cannot' in each)
  if (silent && 'cannot' in silent)
    return new Refusal(409, `The ${silent.family} of ${provider} cannot be listed: ${silent.cannot}`)
  return new Refusal(404, `Nothing called ${name} stands at ${provider} with this broker's mark.`)
}

function refuseYoung({ name, mark }: Standing, kept: KnownOrphan | undefined): void {
  const isSame = kept?.name === name && kept.generation === mark.generation
  if (kept && isSame && kept.ageMs >= ORPHAN_KEPT_MS) return
  const when = kept && isSame ? ` before ${timeOf(kept.firstSeenAt + ORPHAN_KEPT_MS)}` : ''
  throw new Refusal(
    409,
    `${name} was first seen as an orphan less than seven days ago: it is not deleted${when}.`
  )
}

/** In the books it is being erased from now on, whether they knew it or not. */
async function resourceOf(
  { store, now }: OperatorDeps,
  session: Session,
  orphan: Standing
): Promise<Resource> {
  const { mark, name, provider, family, region, handle } = orphan
  const known = await store.resources.byId(session, mark.resource)
  await refuseTaken({ store }, session, orphan, known)
  if (known) {
    await store.resources.change(session, known.id, { state: 'erasing' })
    return { ...known, state: 'erasing' }
  }
  const resource: Resource = {
    id: mark.resource,
    instance: '',
    platform: '',
    provider,
    family,
    region,
    name,
    generation: mark.generation,
    state: 'erasing',
    revision: '',
    seed: randomSeed(),
    handle
  }
  await store.resources.insert(session, resource, now())
  return resource
}

/** It may have become an instance's since it was listed. */
async function refuseTaken(
  { store }: Pick<OperatorDeps, 'store'>,
  session: Session,
  { mark, name, provider }: Standing,
  known: Resource | undefined
): Promise<void> {
  const owner = await store.instances.pointingAt(session, mark.resource)
  if (owner) throw new Refusal(409, `${name} at ${provider} belongs to the service instance ${owner.osbId}.`)
  const [open] = await store.operations.openOfResource(session, mark.resource)
  if (open) throw new Refusal(409, `The ${open.kind} ${open.id} is in progress on ${name}.`)
  if (known && known.state !== 'gone') throw new Refusal(409, `${name} is no orphan: it is ${known.state}.`)
  if (known && (known.generation !== mark.generation || known.name !== name || known.provider !== provider))
    throw new Refusal(
      409,
      `${name} is not what the books call by its mark: ${known.name} at ${known.provider}.`
    )
  const namesake = known ? undefined : await store.resources.byName(session, name)
  if (namesake) throw new Refusal(409, `The books know another resource by the name ${name}.`)
}
