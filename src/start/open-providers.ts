import type { ProviderConfig } from '../config/config.ts'
import { type OpenRegistry, openRegistry } from '../registry/registry.ts'

/** Every configured provider, opened with its settings. Asks nobody. Throws `SettingsError`. */
export function openProviders(
  providers: Readonly<Record<string, readonly ProviderConfig[]>>,
  settingsFolder: string
): Promise<OpenRegistry> {
  return openRegistry({
    settingsFolder,
    providers: Object.fromEntries(
      Object.entries(providers).map(([name, adapters]) => {
        const written = adapters.map(({ adapter, settings }) => ({ ...settings, adapter }))
        // A single one is told of its mistakes by the field where it stands, without a number.
        return [name, written.length === 1 && written[0] ? written[0] : written]
      })
    )
  })
}
