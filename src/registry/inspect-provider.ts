import type { Adapter, Finding, OfferedPlan } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Call } from '../contract/ports.ts'

/** The provider's ping and whatever its adapter can tell about settings, rights and holes. Never throws. */
export async function inspectProvider(
  adapter: Adapter,
  call: Call,
  offered: readonly OfferedPlan[] | undefined
): Promise<readonly Finding[]> {
  const mine = offered?.filter(({ family }) => Object.hasOwn(adapter.drivers, family))
  const [ping, inspection] = [await pinged(adapter, call), await inspected(adapter, call, mine)]
  // An inspection names what is wrong better than a ping that failed for the same reason.
  const isTold = ping.level === 'refused' && inspection.some(({ level }) => level === 'refused')
  return isTold ? inspection : [ping, ...inspection]
}

async function pinged(adapter: Adapter, call: Call): Promise<Finding> {
  try {
    await adapter.ping(call)
    return { level: 'ok', subject: 'login', text: 'answers' }
  } catch (error) {
    return { level: 'refused', subject: 'login', text: sentence(error) }
  }
}

async function inspected(
  adapter: Adapter,
  call: Call,
  offered: readonly OfferedPlan[] | undefined
): Promise<readonly Finding[]> {
  try {
    return (await adapter.inspect?.(call, offered)) ?? []
  } catch (error) {
    return [{ level: 'refused', subject: 'inspection', text: sentence(error) }]
  }
}

/** Only a ProviderFailure promises to hold no secret. */
function sentence(error: unknown): string {
  return error instanceof ProviderFailure ? error.message : 'the adapter failed unexpectedly'
}
