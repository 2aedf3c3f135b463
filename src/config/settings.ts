import type { JsonObject } from '../contract/json.ts'
import type { Platform } from '../domain/platform.ts'
import type { Config, DeadlineKind, LogLevel } from './config.ts'

type AdapterSettings = { readonly adapter: string } & JsonObject

/** portolan.yaml as `schema.json` lets it in. */
export interface Settings {
  readonly listen?: {
    readonly host?: string
    readonly port?: number | string
    readonly tls?: { readonly cert: string; readonly key: string }
  }
  readonly database?: string
  readonly data?: string
  readonly url?: string
  readonly local?: boolean | { readonly objectStorage?: boolean }
  readonly providers?: Readonly<Record<string, AdapterSettings | readonly AdapterSettings[]>>
  readonly platforms?: Readonly<Record<string, PlatformSettings>>
  readonly operators?: readonly LoginSettings[]
  readonly brokerAddresses?: readonly string[]
  readonly keys?: string | readonly string[]
  readonly signingKeys?: string | readonly string[]
  readonly audit?: { readonly sink?: string }
  readonly logLevel?: LogLevel
  readonly engine?: {
    readonly leaseSeconds?: number
    readonly concurrency?: number
    readonly retentionDays?: number
    readonly deadlines?: Partial<Record<DeadlineKind, number>>
  }
  readonly drift?: { readonly everyHours?: number }
  readonly missingVersionStatus?: Config['missingVersionStatus']
  readonly minimumVersion?: string
  readonly catalog?: string | readonly string[]
}

export interface LoginSettings {
  readonly username: string
  readonly password?: string
  readonly passwordHash?: string
}

export interface PlatformSettings extends Partial<Omit<Platform, 'name'>> {
  readonly logins: readonly LoginSettings[]
}
