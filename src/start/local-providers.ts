import type { Config, ProviderConfig } from '../config/config.ts'
import { startLocalProviders } from '../local/providers.ts'
import type { DataFolder } from './data-folder.ts'

/** Settings of berlin and paris, and how to stop their servers. */
export interface LocalProviders {
  readonly providers: Readonly<Record<string, ProviderConfig>>
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
  const providers = Object.entries(started.settings).map(([name, settings]) => [
    name,
    { adapter: 'postgresql-server', settings }
  ])
  return { providers: Object.fromEntries(providers), stop: () => started.stop() }
}
