import { CatalogError } from '../../catalog/problem.ts'
import type { Config } from '../../config/config.ts'
import { ConfigError } from '../../config/config.ts'
import { loadConfig } from '../../config/load-config.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { OpenRegistry } from '../../registry/registry.ts'
import { SettingsError } from '../../registry/registry.ts'
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
  const config = settingsOf(env)
  if (Array.isArray(config)) return [version, ...config]
  const known = knownProviders(config)
  const registry = await registryOf(known.providers, config.settingsFolder)
  return [
    version,
    ...(Array.isArray(registry) ? registry : examineSettings(config, registry)),
    ...examineData(config),
    ...(await examineStore(config)),
    ...localExtras(config).map(diagnosisOf),
    ...(Array.isArray(registry) ? [] : await examineOffers(config, registry, known))
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

function settingsOf(env: NodeJS.ProcessEnv): Config | Diagnosis[] {
  try {
    return loadConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((text) => refused('settings', text))
  }
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

function refused(about: string, text: string, subject = 'portolan.yaml and environment'): Diagnosis {
  return { about, level: 'refused', subject, text }
}
