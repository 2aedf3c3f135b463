import type { CatalogOptions } from '../catalog/check.ts'
import type { Config } from '../config/config.ts'
import { knownProviders } from '../start/local-providers.ts'
import { openProviders } from '../start/open-providers.ts'

/** The catalog as the configured providers would sell it; nobody is asked and no server is started. */
export async function catalogOptions(
  config: Config,
  folders: readonly string[] = config.catalogFolders
): Promise<CatalogOptions> {
  const registry = await openProviders(knownProviders(config).providers, config.settingsFolder)
  return { folders, providers: registry.adapters, registry }
}
