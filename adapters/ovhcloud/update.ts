import type { Order, Sighting } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Services } from './client.ts'
import { setRules, settled } from './create.ts'
import { hasId, lookAt } from './find.ts'
import type { Place } from './place.ts'
import { loginsOf, type Plan, readPlan } from './plan.ts'
import { refuseOtherNetwork } from './private-network.ts'
import { isBroken, isReady } from './status.ts'
import type { Change, Service } from './types.ts'

/** One modification at a time, and `READY` in between: what stands there says what is left to do. */
export async function updateStep(
  services: Services,
  component: string,
  order: Order,
  before: Place,
  call: Call
): Promise<Sighting> {
  const service = hasId(before) ? await lookAt(services, before, call) : undefined
  if (!service) throw new ProviderFailure('not-found', 'the service at OVHcloud is gone')
  if (isBroken(service)) {
    throw new ProviderFailure('conflict', `the service at OVHcloud is in state ${service.status}`)
  }
  refuseOtherNetwork(before, order.plan)
  const plan = readPlan(order.plan)
  refuseImpossible(service, before, plan)
  if (loginsOf(order.plan).logins !== before.logins) {
    throw new ProviderFailure(
      'invalid',
      'who makes the logins (logins) stays as it was when the service was made'
    )
  }
  const place = { ...before, id: service.id }
  if (!isReady(service, component)) {
    return { state: 'pending', handle: place, note: `the service at OVHcloud is ${service.status}` }
  }
  const change = nextChange(service, plan)
  if (change) {
    await services.change(call, place.id, change)
    return { state: 'pending', handle: place, note: `changing ${Object.keys(change).join()}` }
  }
  const closed = await setRules(services, order, place, service, call)
  if (closed?.state === 'broken') throw new ProviderFailure('conflict', closed.note)
  return closed ?? { state: 'ready', handle: settled(withSizes(place, plan)) }
}

function withSizes(place: Place, { connectionLimit, diskGb }: Plan): Place {
  const { connectionLimit: _limit, diskGb: _disk, ...rest } = place
  return {
    ...rest,
    ...(connectionLimit === undefined ? {} : { connectionLimit }),
    ...(diskGb === undefined ? {} : { diskGb })
  }
}

/** The first thing that differs. A larger flavor may bring a larger disk, so the disk comes after it; a new version needs the room. */
function nextChange(service: Service, plan: Plan): Change | undefined {
  if (plan.plan !== service.plan) return { plan: plan.plan }
  if (plan.flavor !== service.flavor) return { flavor: plan.flavor }
  const { diskGb } = plan
  if (diskGb !== undefined && diskGb > (service.diskGb ?? 0)) return { disk: { size: diskGb } }
  return plan.version === service.version ? undefined : { version: plan.version }
}

/** What OVHcloud cannot change for sure; whether a plan or flavor can become smaller is its to say. */
function refuseImpossible(service: Service, place: Place, plan: Plan): void {
  if (Number(plan.version) < Number(service.version)) {
    throw new ProviderFailure('invalid', `the version stays at least ${service.version}`)
  }
  const ordered = place.diskGb ?? service.diskGb
  if (plan.diskGb !== undefined && ordered !== undefined && plan.diskGb < ordered) {
    throw new ProviderFailure('invalid', 'a disk cannot become smaller')
  }
}
