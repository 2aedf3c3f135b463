import type { Adapter, Driver } from '../contract/adapter.ts'
import type { Family } from '../contract/family.ts'
import type { JsonObject } from '../contract/json.ts'
import { openAdapters, type SettingsProblem } from './adapters.ts'
import { loadFamilies } from './families.ts'

export interface RegisteredProvider {
  readonly adapter: Adapter
  /** By family name. */
  readonly drivers: Readonly<Record<string, Driver>>
}

/** Which code serves which name. Never changes while the program runs. */
export interface Registry {
  provider(name: string): RegisteredProvider | undefined
  family(name: string): Family | undefined
}

export interface OpenRegistry extends Registry {
  /** The one driver of a provider for a family. */
  driver(provider: string, family: string): Driver | undefined
  /** Every configured provider's adapter folder, by the provider's name. */
  readonly adapters: Readonly<Record<string, string>>
}

export interface RegistryOptions {
  /** `providers` of portolan.yaml: each an object with `adapter` and that adapter's settings. */
  readonly providers: JsonObject
  readonly adaptersHome?: URL
  readonly familiesHome?: URL
}

/** Every mistake in the settings of every provider; values never appear in it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly SettingsProblem[]
  constructor(problems: readonly SettingsProblem[]) {
    super(problems.map(({ field, text }) => `${field}: ${text}`).join('\n'))
    this.problems = problems
  }
}

/** Opens every configured provider and loads every family. No I/O but reading code. Throws `SettingsError`. */
export async function openRegistry(options: RegistryOptions): Promise<OpenRegistry> {
  const adaptersHome = options.adaptersHome ?? new URL('../../adapters/', import.meta.url)
  const familiesHome = options.familiesHome ?? new URL('../families/', import.meta.url)
  const { opened, problems } = await openAdapters(options.providers, adaptersHome)
  const loaded = await loadFamilies(familiesHome)
  const all = [...problems, ...loaded.problems]
  if (all.length > 0) throw new SettingsError(all)

  const providers = new Map(
    [...opened].map(([name, { adapter }]) => [name, { adapter, drivers: adapter.drivers }])
  )
  return {
    adapters: Object.fromEntries([...opened].map(([name, { adapterName }]) => [name, adapterName])),
    provider: (name) => providers.get(name),
    driver: (provider, family) => driverOf(providers.get(provider), family),
    family: (name) => loaded.families.get(name)
  }
}

/** Family names come out of files: only what the adapter itself lists counts. */
export function driverOf(provider: RegisteredProvider | undefined, family: string): Driver | undefined {
  return provider && Object.hasOwn(provider.drivers, family) ? provider.drivers[family] : undefined
}
