import type { Endpoint, Service } from './types.ts'

/** `broken`: it does not leave this state by itself. */
const STATES: Readonly<Record<string, 'passes' | 'ready' | 'broken' | 'going'>> = {
  CREATING: 'passes',
  PENDING: 'passes',
  UPDATING: 'passes',
  LOCKED_PENDING: 'passes',
  LOCKED_UPDATING: 'passes',
  TO_DRAIN: 'passes',
  DRAINED: 'passes',
  READY: 'ready',
  ERROR: 'broken',
  LOCKED: 'broken',
  SHELVED: 'broken',
  DELETING: 'going'
}

export function isBroken({ status }: Service): boolean {
  return STATES[status] === 'broken'
}

export function isGoing({ status }: Service): boolean {
  return STATES[status] === 'going'
}

/** A ready service whose endpoint is not shown yet can not be used. A state we do not know passes. */
export function isReady(service: Service, component: string): boolean {
  return STATES[service.status] === 'ready' && endpointOf(service, component) !== undefined
}

export function endpointOf({ endpoints }: Service, component: string): Endpoint | undefined {
  return endpoints.find((each) => each.component === component)
}
