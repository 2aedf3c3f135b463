import { CatalogError } from '../../catalog/problem.ts'
import type { Config } from '../../config/config.ts'
import { readConfig } from '../../config/load-config.ts'
import { type Mistake, placeText } from '../../config/mistake.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { OpenRegistry } from '../../registry/registry.ts'
import { SettingsError } from '../../registry/registry.ts'
import { allMistakes } from '../../start/checked-config.ts'
import { knownProviders, type LocalExtra, localExtras } from '../../start/local-providers.ts'
import { openProviders } from '../../start/open-providers.ts'
import { programVersion } from '../version.ts'
import { examineCatalog, readCatalog } from './examine-catalog.ts'
import { examineData } from './examine-data.ts'
import { examineProviders } from './examine-providers.ts'
import { examineSettings } from './examine-settings.ts'
import { examineStore } from './examine-store.ts'
import { examineTools } from './examine-tools.ts'

/** Looks at everything that the broker would use, without the broker. Changes nothing. */
export async function examine(env: NodeJS.ProcessEnv): Promise<readonly Diagnosis[]> {
  const text = `${programVersion()} on Node ${process.versions.node}`
  const version: Diagnosis = { about: 'program', level: 'ok', subject: 'version', text }
  const read = readConfig(env)
  const mistakes = (await allMistakes(read)).map(diagnosisOfMistake)
  const { config } = read
  if (config === undefined) return [version, ...mistakes]
  const known = knownProviders(config)
  const registry = mistakes.length > 0 ? mistakes : await registryOf(known.providers, config.settingsFolder)
  return [
    version,
    ...(isOpen(registry) ? examineSettings(config, registry) : registry),
    ...examineData(config),
    ...(await examineStore(config)),
    ...localExtras(config).map(diagnosisOf),
    ...(isOpen(registry) ? await examineOffers(config, registry, known) : [])
  ]
}

/** What is offered, and those who provide it. */
async function examineOffers(
  config: Config,
  registry: OpenRegistry,
  { providers, rests }: ReturnType<typeof knownProviders>
): Promise<readonly Diagnosis[]> {
  const read = await readCatalog(config, registry)
  const catalog = read instanceof CatalogError ? undefined : read
  return [
    ...(await examineTools(registry, Object.keys(providers))),
    ...examineCatalog(config, read),
    ...(await examineProviders({ ...config, providers }, registry, rests, catalog))
  ]
}

/** Nobody needs it: what is not there is no mistake, unless the settings ask for it. */
function diagnosisOf(extra: LocalExtra): Diagnosis {
  const about = { about: 'berlin and paris', subject: extra.title } as const
  if (extra.state === 'offered')
    return { ...about, level: 'ok', text: `${extra.program} is started at the first use` }
  const { remedy } = extra
  if (extra.state === 'absent')
    return { ...about, level: 'ok', text: `they do not offer it; to have it, ${remedy}` }
  return {
    ...about,
    level: 'refused',
    text: 'portolan.yaml asks for it, and its programs are missing',
    remedy
  }
}

function isOpen(registry: OpenRegistry | readonly Diagnosis[]): registry is OpenRegistry {
  return !Array.isArray(registry)
}

function diagnosisOfMistake({ text, place }: Mistake): Diagnosis {
  return refused('settings', text, place === undefined ? 'portolan.yaml and environment' : placeText(place))
}

async function registryOf(
  providers: Config['providers'],
  settingsFolder: string
): Promise<OpenRegistry | Diagnosis[]> {
  try {
    return await openProviders(providers, settingsFolder)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.problems.map(({ field, text }) => refused('settings', text, field))
  }
}

function refused(about: string, text: string, subject: string): Diagnosis {
  return { about, level: 'refused', subject, text }
}
