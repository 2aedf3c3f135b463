import type { JsonObject } from '../contract/json.ts'
import type { Account, PlatformConfig } from '../domain/account.ts'
import { type Mistake, mistakeLine } from './mistake.ts'

/** 32 bytes with the name by which what they sealed or signed finds them again. */
export interface Key {
  readonly id: string
  readonly key: Buffer
}

/** One adapter of a provider. */
export interface ProviderConfig {
  /** One of ours, a package installed beside portolan.yaml, or a path from its folder. */
  readonly adapter: string
  /** Checked against the adapter's `settingsSchema` before it is opened. */
  readonly settings: JsonObject
}

export interface EngineConfig {
  readonly leaseSeconds: number
  /** Operations of one provider at a time in one process. */
  readonly concurrency: number
  readonly deadlines: Readonly<Record<DeadlineKind, number>>
  /** How long a source is kept after its switch. */
  readonly retentionDays: number
}

/** In seconds, from the acceptance of an operation. */
export type DeadlineKind = 'create' | 'update' | 'switch' | 'delete' | 'bind' | 'unbind'

/** What berlin and paris offer only when they are asked for it. */
export interface LocalConfig {
  readonly objectStorage: boolean
}

export type Database =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** All paths are absolute. */
export interface Config {
  readonly listen: {
    readonly host: string
    readonly port: number
    /** Files in PEM form. */
    readonly tls?: { readonly cert: string; readonly key: string }
  }
  readonly database: Database
  readonly dataDir: string
  /** Without a slash at the end. */
  readonly publicUrl?: string
  /** Start the servers of berlin and paris, and with what; absent: not. */
  readonly local?: LocalConfig
  /** Each with one adapter or more. */
  readonly providers: Readonly<Record<string, readonly ProviderConfig[]>>
  /** Never empty; one without logins gets a generated one, see `completed`. */
  readonly platforms: readonly PlatformConfig[]
  readonly operators: readonly Account[]
  readonly brokerAddresses: readonly string[]
  /** The first one seals. */
  readonly keys: readonly Key[]
  /** The first one signs. Empty: the one that is derived from the first of `keys`. */
  readonly signingKeys: readonly Key[]
  /** A file, or an https address: where the end of the audit chain is kept besides the data folder. */
  readonly auditSink?: string
  readonly logLevel: LogLevel
  readonly engine: EngineConfig
  readonly drift: {
    /** How often the broker looks by itself how providers differ from the store; 0: never. */
    readonly everyHours: number
  }
  readonly missingVersionStatus: 400 | 412
  readonly minimumVersion: string
  /** Together they are one catalog. */
  readonly catalogFolders: readonly string[]
  /** Where relative paths of portolan.yaml start, and adapters that are not ours are looked for. */
  readonly settingsFolder: string
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Every mistake at once, each with the name of the setting and, in portolan.yaml, its line. Holds no value of a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(mistakes: readonly (Mistake | string)[]) {
    const problems = mistakes.map((each) => (typeof each === 'string' ? each : mistakeLine(each)))
    super(
      problems.length === 1
        ? `A setting is wrong: ${problems[0]}`
        : `${problems.length} settings are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`
    )
    this.problems = problems
  }
}
