import type { Platform } from './platform.ts'

/** How a platform or an operator logs in. (A binding's name and password are a `Login`.) */
export type Account =
  | {
      readonly username: string /** Random, made by a machine; checked in microseconds. */
      readonly password: string
    }
  | {
      readonly username: string
      /** For passwords that people choose: `scrypt:N:r:p:salt:hash`, both base64. */
      readonly passwordHash: string
    }

export interface PlatformConfig extends Platform {
  /** At least one by the time the broker listens; several while one is being replaced. */
  readonly logins: readonly Account[]
}
