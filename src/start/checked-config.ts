import { type Config, ConfigError } from '../config/config.ts'
import type { Env } from '../config/environment.ts'
import { type ConfigRead, readConfig } from '../config/load-config.ts'
import { inFileOrder, type Mistake, mistakeAt } from '../config/mistake.ts'
import type { SettingsProblem } from '../registry/adapters.ts'

/** The settings, also where only a provider's adapter knows what is right. Starts nothing. Throws a ConfigError that tells all mistakes. */
export async function checkedConfig(env: Env): Promise<Config> {
  const read = readConfig(env)
  const mistakes = await allMistakes(read)
  if (read.config === undefined || mistakes.length > 0) throw new ConfigError(mistakes)
  return read.config
}

/** Those of the settings and of every provider's own, in the order of the file; no provider's mistake hides another's. */
export async function allMistakes(read: ConfigRead): Promise<readonly Mistake[]> {
  const known = read.mistakes.map(({ path }) => String(path))
  const more = await providerProblems(read)
  return inFileOrder([
    ...read.mistakes,
    // What the settings' own schema told already is not told again in other words.
    ...more
      .filter(({ path }) => path === undefined || !known.includes(String(path)))
      .map(({ field, path = [], text }) => mistakeAt(`${field}: ${text}`, path, read.placeOf(path)))
  ])
}

/** Read only where somebody wrote a provider: the local servers of a first start wait for nothing. */
async function providerProblems({
  providers,
  settingsFolder
}: ConfigRead): Promise<readonly SettingsProblem[]> {
  if (Object.keys(providers).length === 0) return []
  const { openRegistry, SettingsError } = await import('../registry/registry.ts')
  try {
    await openRegistry({ providers, settingsFolder })
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
}
