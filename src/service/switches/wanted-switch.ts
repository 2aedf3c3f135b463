import type { JsonObject } from '../../contract/json.ts'
import type { Caller } from '../../domain/caller.ts'
import type { Instance } from '../../domain/instance.ts'
import { Refusal } from '../../domain/refusal.ts'
import { readDirective } from '../../domain/switch.ts'
import type { Session } from '../../store/session.ts'
import { changeOf } from '../change.ts'
import { checkNetworks, planOf } from '../plans.ts'
import type { Wanted } from './accept-switch.ts'
import type { Asker } from './asker.ts'
import type { SwitchDeps } from './deps.ts'

/** How a switch is to go, as `parameters.switch` of an update says it. */
export interface DirectiveRequest {
  readonly cutover?: 'auto' | 'manual'
  /** ISO 8601: `PT24H`. */
  readonly within?: string
  readonly accept?: readonly string[]
}

/** Where an instance shall go. */
export interface DestinationRequest {
  /** Our id, or the platform's. */
  readonly instance: string
  /** Its name or its id. */
  readonly plan: string
  readonly region?: string
}

const VERSION = { major: 2, minor: 17 } as const

/** The platform itself, or an operator on its behalf: what the platform may not have nobody orders for it. */
export function behalfOf(deps: SwitchDeps, asker: Asker, { platform: name }: Instance): Caller {
  if (asker.kind === 'platform') return asker.caller
  const platform = deps.platform(name)
  if (!platform) throw new Refusal(409, `The platform ${name} is not configured any more.`)
  return { platform, version: VERSION, requestId: asker.operator.requestId }
}

/** The same checks as for an update of the plan, and that it is no mere update. */
export async function wantedSwitch(
  deps: SwitchDeps,
  session: Session,
  caller: Caller,
  instance: Instance,
  { plan, region, directive = {} }: Omit<DestinationRequest, 'instance'> & { directive?: DirectiveRequest }
): Promise<Omit<Wanted, 'kind'>> {
  refuseUnlessReady(instance)
  const parameters: JsonObject = {
    ...(region === undefined ? {} : { region }),
    ...(Object.keys(directive).length === 0 ? {} : { switch: { ...directive } })
  }
  const change = await changeOf(deps, session, caller, instance, {
    serviceId: instance.serviceId,
    planId: await planIdOf(deps, session, caller, instance, plan),
    parameters
  })
  const { from, to } = change
  if (!change.any) throw new Refusal(422, `It is at ${to.name} in ${change.region} already.`)
  if (change.way !== 'switch')
    throw new Refusal(
      422,
      `${to.name} is with the same provider in the same region: that is an update of the service instance, and no switch.`
    )
  checkNetworks(deps, caller, to)
  return {
    instance,
    from,
    to,
    region: change.region,
    parameters: change.parameters,
    directive: readDirective({ ...directive })
  }
}

function refuseUnlessReady({ state }: Instance): void {
  if (state === 'deleted') throw new Refusal(409, 'It is deleted already.')
  if (state !== 'ready') throw new Refusal(422, `It cannot be moved: it is ${state}.`)
}

/** Its own plan, or one that its platform sees; by name or by id. */
async function planIdOf(
  deps: SwitchDeps,
  session: Session,
  caller: Caller,
  instance: Instance,
  written: string
): Promise<string> {
  const own = await planOf(deps, session, instance)
  if (written === own.id || written === own.name) return own.id
  const plans = deps.catalog.seenBy(caller.platform).offering(instance.serviceId)?.plans ?? []
  const found = plans.find(({ id, name }) => id === written || name === written)
  if (found) return found.id
  const names = plans.map(({ name }) => name).join(', ')
  throw new Refusal(400, `There is no such plan of this service for the platform; there are ${names}.`)
}
