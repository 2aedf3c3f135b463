import type { Driver } from '../contract/adapter.ts'
import type { Family } from '../contract/family.ts'
import type { JsonObject } from '../contract/json.ts'
import { type OpenAdapter, openAdapters, type SettingsProblem } from './adapters.ts'
import { loadFamilies } from './families.ts'
import { type Reach, reachOf } from './reach.ts'

export interface RegisteredProvider {
  readonly adapters: readonly OpenAdapter[]
  /** Of all its adapters, by family name. */
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
  /** Of the adapter that has that driver. */
  reach(provider: string, family: string): Reach
  /** Every configured provider's adapters, by the provider's name: for sentences. */
  readonly adapters: Readonly<Record<string, string>>
}

export interface RegistryOptions {
  /** `providers` of portolan.yaml: each an object with `adapter` and that adapter's settings, or a list of such. */
  readonly providers: JsonObject
  /** Where adapters that are not ours are looked for; absent: there are none. */
  readonly settingsFolder?: string
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
  const { opened, problems } = await openAdapters(options.providers, adaptersHome, options.settingsFolder)
  const loaded = await loadFamilies(familiesHome)
  const all = [...problems, ...loaded.problems]
  if (all.length > 0) throw new SettingsError(all)

  const providers = new Map(
    [...opened].map(([name, adapters]) => [name, { adapters, drivers: driversOf(adapters) }])
  )
  return {
    adapters: Object.fromEntries(
      [...opened].map(([name, adapters]) => [name, adapters.map((each) => each.name).join(' and ')])
    ),
    provider: (name) => providers.get(name),
    driver: (provider, family) => driverOf(providers.get(provider), family),
    reach: (provider, family) =>
      providers.get(provider)?.adapters.find((each) => Object.hasOwn(each.adapter.drivers, family))?.reach ??
      reachOf({}),
    family: (name) => loaded.families.get(name)
  }
}

function driversOf(adapters: readonly OpenAdapter[]): RegisteredProvider['drivers'] {
  return Object.fromEntries(adapters.flatMap(({ adapter }) => Object.entries(adapter.drivers)))
}

/** Family names come out of files: only what the adapter itself lists counts. */
export function driverOf(provider: RegisteredProvider | undefined, family: string): Driver | undefined {
  return provider && Object.hasOwn(provider.drivers, family) ? provider.drivers[family] : undefined
}
