import { join, resolve } from 'node:path'
import type { JsonObject } from '../contract/json.ts'
import {
  type Config,
  ConfigError,
  type Database,
  type EngineConfig,
  type LogLevel,
  type ProviderConfig
} from './config.ts'
import {
  type Env,
  type Environment,
  environment as environmentOf,
  type Report,
  refuseIfOpen
} from './environment.ts'
import { disk, type Files } from './files.ts'
import { parseKeys, refuseUnfitToSign } from './keys.ts'
import { accountsOf, checkUsernames, networksOf, platformsOf } from './logins.ts'
import { inFileOrder, type Mistake, mistakeAt, type Place, type SettingPath } from './mistake.ts'
import { packageRoot } from './package-root.ts'
import type { Settings } from './settings.ts'
import { readSettingsFile } from './settings-file.ts'

const LOG_LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
const DEADLINES = { create: 3600, update: 3600, switch: 86_400, delete: 3600, bind: 600, unbind: 600 }
/** The catalog that comes with the program; a folder of that name is `./default`. */
const OWN_CATALOG = 'default'
const DATA_FILES = ['keys', 'login.json', 'operator.json', 'audit.checkpoint']

/** What the parts of the settings are read from. */
interface Source {
  readonly settings: Settings
  readonly environment: Environment
  readonly report: Report
  readonly files: Files
  readonly cwd: string
  /** Where relative paths of portolan.yaml start. */
  readonly folder: string
}

/** What portolan.yaml and the environment say. */
export interface ConfigRead {
  /** Absent while there are mistakes. */
  readonly config?: Config
  readonly mistakes: readonly Mistake[]
  /** `providers` as they are written, for whoever knows what their adapters want. */
  readonly providers: JsonObject
  readonly settingsFolder: string
  placeOf(path: SettingPath): Place | undefined
}

/**
 * portolan.yaml, overridden by the environment. Reads files, writes none; what is still missing afterwards (a login, keys) is
 * made by `completed`. Throws a ConfigError that tells all mistakes.
 */
export function loadConfig(env: Env, files: Files = disk, cwd: string = process.cwd()): Config {
  const { config, mistakes } = readConfig(env, files, cwd)
  if (config === undefined) throw new ConfigError(mistakes)
  return config
}

/** The same, with its mistakes for whoever looks for more of them. */
export function readConfig(env: Env, files: Files = disk, cwd: string = process.cwd()): ConfigRead {
  const found: { readonly text: string; readonly path: SettingPath }[] = []
  const report: Report = (text, path = []) => found.push({ text, path })
  const environment = environmentOf(env, files, report)
  const file = readSettingsFile(cwd, environment, files, report)
  const source: Source = {
    settings: file?.settings ?? {},
    folder: file?.folder ?? cwd,
    environment,
    report,
    files,
    cwd
  }
  const config = configOf(source, file === undefined)
  check(config, source)
  const placeOf = (path: SettingPath): Place | undefined => file?.placeOf(path)
  const mistakes = inFileOrder([
    ...found.map(({ text, path }) => mistakeAt(text, path, placeOf(path))),
    ...(file?.mistakes ?? [])
  ])
  return {
    ...(mistakes.length === 0 ? { config } : {}),
    mistakes,
    providers: file?.providers ?? {},
    settingsFolder: source.folder,
    placeOf
  }
}

function configOf(source: Source, isWithoutFile: boolean): Config {
  const { settings, environment, report } = source
  const dataDir = pathOf(source, 'PORTOLAN_DATA', settings.data) ?? resolve(source.cwd, '.portolan')
  const publicUrl = publicUrlOf(source)
  return {
    listen: listenOf(source),
    database: databaseOf(source, dataDir),
    dataDir,
    ...(publicUrl && { publicUrl }),
    ...localOf(settings.local ?? isWithoutFile),
    providers: providersOf(settings),
    platforms: platformsOf(settings, environment, report),
    operators: accountsOf(['operators'], settings.operators ?? [], report),
    brokerAddresses: networksOf(settings.brokerAddresses),
    keys: keysOf(source, 'PORTOLAN_KEYS', 'keys'),
    signingKeys: keysOf(source, 'PORTOLAN_SIGNING_KEY', 'signingKeys'),
    ...auditSinkOf(source),
    logLevel: logLevelOf(source),
    engine: engineOf(settings.engine),
    drift: { everyHours: settings.drift?.everyHours ?? 24 },
    missingVersionStatus: settings.missingVersionStatus ?? 400,
    minimumVersion: settings.minimumVersion ?? '2.11',
    catalogFolders: catalogFoldersOf(source),
    settingsFolder: source.folder
  }
}

function localOf(written: NonNullable<Settings['local']>): Pick<Config, 'local'> {
  if (written === false) return {}
  return { local: { objectStorage: written !== true && written.objectStorage === true } }
}

function catalogFoldersOf({ settings: { catalog = OWN_CATALOG }, folder }: Source): readonly string[] {
  const named = typeof catalog === 'string' ? [catalog] : catalog
  return named.map((each) => (each === OWN_CATALOG ? join(packageRoot(), 'catalog') : resolve(folder, each)))
}

function engineOf({
  leaseSeconds = 30,
  concurrency = 16,
  retentionDays = 30,
  deadlines
}: Settings['engine'] = {}): EngineConfig {
  return { leaseSeconds, concurrency, retentionDays, deadlines: { ...DEADLINES, ...deadlines } }
}

function check(config: Config, { environment, report, files }: Source): void {
  if (config.database.kind === 'postgres' && config.keys.length === 0)
    report('PORTOLAN_KEYS: must be given with postgres://, so that every replica has the same keys')
  checkUsernames(config.platforms, config.operators, report)
  for (const name of DATA_FILES) refuseIfOpen('PORTOLAN_DATA', join(config.dataDir, name), files, report)
  if (config.database.kind === 'sqlite')
    refuseIfOpen(
      environment.get('DATABASE_URL') ? 'DATABASE_URL' : 'database',
      config.database.path,
      files,
      report
    )
  if (config.listen.tls) checkTls(config.listen.tls, files, report)
}

function checkTls(tls: { cert: string; key: string }, files: Files, report: Report): void {
  for (const name of ['cert', 'key'] as const)
    if (files.mode(tls[name]) === undefined)
      report(`listen.tls.${name}: no file ${tls[name]}`, ['listen', 'tls', name])
  refuseIfOpen('listen.tls.key', tls.key, files, report)
}

function listenOf({ settings, environment, report, folder }: Source): Config['listen'] {
  const { host, port, tls } = settings.listen ?? {}
  const written = environment.get('PORT')
  return {
    host: environment.get('HOST') ?? host ?? '127.0.0.1',
    port: portOf(written ?? port ?? 8080, written === undefined ? 'listen.port' : 'PORT', report),
    ...(tls && { tls: { cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) } })
  }
}

function portOf(written: string | number, setting: string, report: Report): number {
  const port = /^\d{1,5}$/.test(String(written)) ? Number(written) : -1
  if (port < 0 || port > 65535) report(`${setting}: must be a port, 0 to 65535`, setting.split('.'))
  return port
}

function databaseOf({ settings, environment, report, cwd, folder }: Source, dataDir: string): Database {
  const given = environment.get('DATABASE_URL')
  const written = given ?? settings.database
  if (written === undefined) return { kind: 'sqlite', path: join(dataDir, 'portolan.db') }
  if (/^postgres(ql)?:\/\/./.test(written)) return { kind: 'postgres', url: written }
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(written)?.[1]
  if (path === undefined) report('DATABASE_URL: must begin with sqlite: or postgres://')
  return { kind: 'sqlite', path: resolve(given === undefined ? folder : cwd, path ?? 'portolan.db') }
}

function publicUrlOf({ settings, environment, report }: Source): string | undefined {
  const written = environment.get('PORTOLAN_URL') ?? settings.url
  if (written === undefined) return undefined
  const isWeb = URL.canParse(written) && /^https?:$/.test(new URL(written).protocol)
  const setting = settings.url === written ? 'url' : 'PORTOLAN_URL'
  if (!isWeb || new URL(written).username !== '')
    report(`${setting}: must be an http or https address without a login`, [setting])
  return written.replace(/\/+$/, '')
}

function providersOf(settings: Settings): Record<string, readonly ProviderConfig[]> {
  return Object.fromEntries(
    Object.entries(settings.providers ?? {}).map(([name, written]) => [
      name,
      [written].flat().map(({ adapter, ...rest }) => ({ adapter, settings: rest }))
    ])
  )
}

function keysOf({ settings, environment, report }: Source, variable: string, name: 'keys' | 'signingKeys') {
  const given = environment.get(variable)
  const written = given ?? settings[name]
  const setting = given === undefined ? name : variable
  const keys = written === undefined ? [] : parseKeys(setting, written, report)
  if (name === 'signingKeys') refuseUnfitToSign(setting, keys, report)
  return keys
}

function auditSinkOf({ settings: { audit }, folder }: Source): Pick<Config, 'auditSink'> {
  const sink = audit?.sink
  if (sink === undefined) return {}
  return { auditSink: /^https?:/.test(sink) ? sink : resolve(folder, sink) }
}

function logLevelOf({ settings, environment, report }: Source): LogLevel {
  const given = environment.get('LOG_LEVEL')?.toLowerCase()
  if (given === undefined) return settings.logLevel ?? 'info'
  if (!LOG_LEVELS.includes(given)) report(`LOG_LEVEL: must be one of ${LOG_LEVELS.join(', ')}`)
  return given as LogLevel
}

function pathOf(
  { environment, cwd, folder }: Source,
  variable: string,
  written?: string
): string | undefined {
  const given = environment.get(variable)
  if (given !== undefined) return resolve(cwd, given)
  return written === undefined ? undefined : resolve(folder, written)
}
