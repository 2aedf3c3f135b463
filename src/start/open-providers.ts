import type { ProviderConfig } from '../config/config.ts'
import { type OpenRegistry, openRegistry } from '../registry/registry.ts'

/** Every configured provider, opened with its settings. Asks nobody. Throws `SettingsError`. */
export function openProviders(providers: Readonly<Record<string, ProviderConfig>>): Promise<OpenRegistry> {
  return openRegistry({
    providers: Object.fromEntries(
      Object.entries(providers).map(([name, { adapter, settings }]) => [name, { ...settings, adapter }])
    )
  })
}
