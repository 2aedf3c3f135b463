import type { Server } from './servers.ts'

/** It does not leave these by itself. Every other status but `ready` passes. */
const BROKEN: readonly string[] = ['error', 'locked', 'disk_full', 'suspended']

export function isBroken(instance: Server): boolean {
  return BROKEN.includes(instance.status)
}

/** A ready instance whose endpoint is not shown yet can not be used. */
export function isReady(instance: Server): boolean {
  return instance.status === 'ready' && instance.port !== undefined
}
