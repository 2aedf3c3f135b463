import { delimiter } from 'node:path'
import type { Config, LocalConfig, ProviderConfig } from '../config/config.ts'
import type { JsonObject } from '../contract/json.ts'
import type { ExtraProvider } from '../local/extra-settings.ts'
import type { LocalLog } from '../local/local-log.ts'
import { type ExtraSight, lookAtLocalProviders, lookForExtras } from '../local/look.ts'
import { startLocalProviders } from '../local/providers.ts'
import { searchPath } from '../transport/search-path.ts'
import type { DataFolder } from './data-folder.ts'

type Providers = Readonly<Record<string, readonly ProviderConfig[]>>

/** One kind of server beside PostgreSQL that berlin and paris offer, or could. */
export type LocalExtra = ExtraSight

/** Settings of berlin and paris, and how to start and stop their servers. */
export interface LocalProviders {
  readonly providers: Providers
  /** Sentences about servers that should run and do not. */
  readonly troubles: readonly string[]
  /** To be awaited before a connection to that port of loopback. Throws `LocalServerError`. */
  wake(port: number): Promise<void>
  /** Whether the servers of a provider for that service have never been started: nothing can be in them. */
  rests(provider: string, service: string): boolean
  /** What happens to the servers from now on: made, ready, ended by themselves. */
  tellTo(log: LocalLog): void
  stop(): Promise<void>
}

const NO_LOCAL_PROVIDERS: LocalProviders = {
  providers: {},
  troubles: [],
  async wake() {},
  rests: () => false,
  tellTo() {},
  async stop() {}
}

/** Where servers are that no user runs by hand, on Debian and elsewhere. */
const BESIDE_PATH = ['/usr/sbin', '/usr/libexec', '/usr/local/sbin']

/** From here on berlin and paris are providers like any other. */
export async function withLocalProviders(config: Config, folder: DataFolder): Promise<LocalProviders> {
  if (!config.local) return NO_LOCAL_PROVIDERS
  let tell: LocalLog = () => {}
  const { settings, extras, troubles, wake, rests, stop } = await startLocalProviders({
    dataDir: config.dataDir,
    log: (...told) => tell(...told),
    programFolders: programFolders(),
    objectStorage: config.local.objectStorage,
    ...(folder.lock ? { lock: folder.lock } : {})
  })
  return {
    providers: providersOf(settings, extras),
    troubles,
    wake,
    rests: (provider, service) => !Object.hasOwn(config.providers, provider) && rests(provider, service),
    tellTo(log) {
      tell = log
    },
    stop
  }
}

/** Those of the settings, and berlin and paris where they are asked for; no server is started. */
export function knownProviders(config: Config): {
  readonly providers: Providers
  /** Whether it is a local one whose servers for that service do not run now. */
  rests(provider: string, service: string): boolean
} {
  if (!config.local) return { providers: config.providers, rests: () => false }
  const { settings, extras, rests } = lookAtLocalProviders(config.dataDir, wantedBy(config.local))
  return {
    providers: { ...providersOf(settings, extras), ...config.providers },
    rests: (provider, service) => !Object.hasOwn(config.providers, provider) && rests(provider, service)
  }
}

/** What berlin and paris offer beside PostgreSQL on this machine, and how to have the rest; nothing where they are not asked for. */
export function localExtras(config: Pick<Config, 'local'>): readonly LocalExtra[] {
  return config.local ? lookForExtras(wantedBy(config.local)) : []
}

function wantedBy({ objectStorage }: LocalConfig) {
  return { folders: programFolders(), objectStorage }
}

function programFolders(): readonly string[] {
  return [...searchPath().split(delimiter), ...BESIDE_PATH].filter((folder) => folder.startsWith('/'))
}

function providersOf(
  settings: Readonly<Record<string, JsonObject>>,
  extras: readonly ExtraProvider[]
): Record<string, readonly ProviderConfig[]> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, each]) => [
      name,
      [
        { adapter: 'postgresql-server', settings: each },
        ...extras
          .filter((extra) => extra.name === name)
          .map(({ adapter, settings: own }) => ({ adapter, settings: own }))
      ]
    ])
  )
}
