import { newId } from '../../domain/new-id.ts'
import type { Operation } from '../../domain/operation.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { Session } from '../../store/session.ts'
import type { OperatorCaller, OperatorDeps } from './deps.ts'
import { findOperation, holdOperation } from './find-operation.ts'
import { type OperationView, operationView } from './operation-view.ts'
import { operatorTrace } from './trace.ts'

/** Due now, whatever pause it is in. What the broker does by itself and was ended begins anew, as an operation of its own. */
export async function retryOperation(
  deps: OperatorDeps,
  caller: OperatorCaller,
  id: string
): Promise<OperationView> {
  const { store } = deps
  const due = await store.database.write(async (session) => {
    const operation = await holdOperation(deps, session, id)
    const next = operation.state === 'in progress' ? await hasten(deps, session, operation) : undefined
    const dueId = next ?? (await beginAgain(deps, session, operation))
    await store.audit.insert(
      session,
      operatorTrace(caller, deps.now(), {
        action: 'retry',
        subject: `operation ${id}`,
        platform: operation.platform,
        operation: dueId,
        detail: { kind: operation.kind }
      })
    )
    return dueId
  })
  deps.runner.wake()
  return operationView(await store.database.read((session) => findOperation(deps, session, due)))
}

async function hasten({ store }: OperatorDeps, session: Session, operation: Operation): Promise<string> {
  if (operation.waitsFor !== undefined) {
    throw new Refusal(409, `It waits for the operation ${operation.waitsFor} to end: retry or fail that one.`)
  }
  await store.operations.hasten(session, operation.id)
  return operation.id
}

/** What nobody polls, and where each begins. */
const OWN = { 'clean-up': 'release', retain: 'close', erase: 'release' } as const

function isOwn(kind: Operation['kind']): kind is keyof typeof OWN {
  return Object.hasOwn(OWN, kind)
}

/** Other kinds are the platform's to ask for again: it has read how they ended. */
async function beginAgain({ store, now }: OperatorDeps, session: Session, ended: Operation): Promise<string> {
  const { kind, state, platform, instance, binding, resource, request } = ended
  if (state === 'succeeded') throw new Refusal(409, 'It has succeeded: there is nothing to do again.')
  if (!isOwn(kind) || instance === undefined || resource === undefined) throw new Refusal(409, AGAIN[kind])
  const open = (await store.operations.openOfInstance(session, instance)).findLast(
    (each) => each.kind === kind && each.resource === resource && each.binding === binding
  )
  if (open) {
    await store.operations.hasten(session, open.id)
    return open.id
  }
  const found = await store.resources.byId(session, resource)
  if (found === undefined || found.state === 'gone')
    throw new Refusal(409, 'What it was to remove is not in the books any more.')
  const id = newId()
  await store.operations.insert(session, {
    id,
    kind,
    stage: binding === undefined ? OWN[kind] : 'unbind',
    platform,
    instance,
    resource,
    ...(binding === undefined ? {} : { binding }),
    ...(request === undefined ? {} : { request }),
    answered: true,
    now: now()
  })
  return id
}

const toldSo = (what: string): string =>
  `It has failed, and the platform was told so: let the platform ${what}.`

const AGAIN: Readonly<Record<Operation['kind'], string>> = {
  create: toldSo('delete the service instance and order it anew'),
  update: toldSo('send the update again'),
  delete: toldSo('send the delete again'),
  bind: toldSo('delete the binding and ask for a new one'),
  unbind: toldSo('send the unbind again'),
  switch: toldSo('send the update again'),
  rehearse: toldSo('begin another rehearsal'),
  'clean-up': toldSo('know'),
  retain: toldSo('know'),
  erase: toldSo('know'),
  adopt: 'It has failed, and nothing was removed: order it anew with portolan instances adopt.',
  'delete-orphan': 'It has failed, and what stands there is an orphan as before: portolan drift lists it.',
  look: 'It has failed, and another one is ordered when it is due; portolan drift looks now.'
}
