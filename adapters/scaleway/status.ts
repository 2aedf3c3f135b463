import type { Instance } from './types.ts'

/** It does not leave these by itself. Every other status but `ready` passes. */
const BROKEN: readonly string[] = ['error', 'locked', 'disk_full']

export function isBroken(instance: Instance): boolean {
  return BROKEN.includes(instance.status)
}

/** A ready instance whose endpoint is not shown yet can not be used. */
export function isReady(instance: Instance): boolean {
  return instance.status === 'ready' && instance.port !== undefined
}
