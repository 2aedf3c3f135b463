import type { PlatformConfig } from '../domain/account.ts'
import type { Platform } from '../domain/platform.ts'

/** The platform without its logins: what the rest of the program may hold. Made once per start, so that identity is `===`. */
export function platformOf({ name, sees, quotas, allowFrom, forbids }: PlatformConfig): Platform {
  return Object.freeze({ name, sees, quotas, allowFrom, ...(forbids ? { forbids } : {}) })
}
