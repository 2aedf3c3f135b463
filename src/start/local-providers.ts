import type { Config, ProviderConfig } from '../config/config.ts'
import type { JsonObject } from '../contract/json.ts'
import { lookAtLocalProviders, startLocalProviders } from '../local/providers.ts'
import type { DataFolder } from './data-folder.ts'

/** Settings of berlin and paris, and how to stop their servers. */
export interface LocalProviders {
  readonly providers: Readonly<Record<string, readonly ProviderConfig[]>>
  stop(): Promise<void>
}

const NONE: LocalProviders = { providers: {}, async stop() {} }

/** From here on berlin and paris are providers like any other. */
export async function withLocalProviders(config: Config, folder: DataFolder): Promise<LocalProviders> {
  if (!config.local) return NONE
  const started = await startLocalProviders({
    dataDir: config.dataDir,
    log: () => {},
    ...(folder.lock ? { lock: folder.lock } : {})
  })
  return { providers: providersOf(started.settings), stop: () => started.stop() }
}

/** Those of the settings, and berlin and paris where they are asked for; no server is started. */
export function knownProviders(config: Config): {
  readonly providers: Readonly<Record<string, readonly ProviderConfig[]>>
  /** Local ones whose servers do not run now. */
  readonly resting: readonly string[]
} {
  if (!config.local) return { providers: config.providers, resting: [] }
  const { settings, isRunning } = lookAtLocalProviders(config.dataDir)
  return {
    providers: { ...providersOf(settings), ...config.providers },
    resting: isRunning ? [] : Object.keys(settings).filter((name) => !Object.hasOwn(config.providers, name))
  }
}

function providersOf(
  settings: Readonly<Record<string, JsonObject>>
): Record<string, readonly ProviderConfig[]> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, each]) => [name, [{ adapter: 'postgresql-server', settings: each }]])
  )
}
