import type { Caller } from '../../domain/caller.ts'
import type { Instance } from '../../domain/instance.ts'
import type { Operation } from '../../domain/operation.ts'
import type { Switch } from '../../domain/switch.ts'
import type { Session } from '../../store/session.ts'
import { whatRuns } from '../what-runs.ts'
import { keepSwitch, refuseSwitch } from './accept-switch.ts'
import { type Asker, askerTrace } from './asker.ts'
import type { SwitchDeps } from './deps.ts'
import { findSwitch, holdOwnInstance } from './find-switch.ts'
import { type SwitchDetails, switchDetails } from './switch-details.ts'
import { behalfOf, type DestinationRequest, type DirectiveRequest, wantedSwitch } from './wanted-switch.ts'

export interface SwitchRequest extends DestinationRequest {
  readonly directive: DirectiveRequest
}

/** Begins a switch as an update of the plan would, or rehearses it. */
export async function beginSwitch(
  deps: SwitchDeps,
  asker: Asker,
  kind: Switch['kind'],
  request: SwitchRequest
): Promise<SwitchDetails> {
  const operation = await deps.store.database.write(async (session) => {
    const instance = await holdOwnInstance(deps, session, asker, request.instance)
    return accept(deps, session, asker, kind, instance, request)
  })
  return begun(deps, asker, operation)
}

/** In the caller's transaction, which holds the instance. */
export async function accept(
  deps: SwitchDeps,
  session: Session,
  asker: Asker,
  kind: Switch['kind'],
  instance: Instance,
  request: Omit<SwitchRequest, 'instance'>
): Promise<Operation> {
  const caller: Caller = behalfOf(deps, asker, instance)
  await whatRuns(deps, session, instance)
  const wanted = await wantedSwitch(deps, session, caller, instance, request)
  refuseSwitch(deps, caller.platform, wanted)
  const operation = await keepSwitch(deps, session, { ...wanted, kind })
  await deps.store.audit.insert(
    session,
    askerTrace(asker, deps.now(), {
      action: kind === 'switch' ? 'switch' : 'rehearse',
      subject: `instance ${instance.osbId}`,
      platform: instance.platform,
      operation: operation.id,
      detail: { from: wanted.from.name, to: wanted.to.name, region: wanted.region }
    })
  )
  return operation
}

/** After the commit. */
export async function begun(deps: SwitchDeps, asker: Asker, operation: Operation): Promise<SwitchDetails> {
  const { store, runner } = deps
  if (operation.leaseNumber > 0) runner.run(operation)
  else runner.wake()
  return store.database.read(async (session) =>
    switchDetails(deps, session, await findSwitch(deps, session, asker, operation.id))
  )
}
