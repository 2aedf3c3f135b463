import type { Account, PlatformConfig } from '../domain/account.ts'
import type { Environment, Report } from './environment.ts'
import type { SettingPath } from './mistake.ts'
import { networkOf } from './network.ts'
import type { LoginSettings, PlatformSettings, Settings } from './settings.ts'

const DEFAULT_PLATFORM = 'default'

/** Those of portolan.yaml, and `default` when the environment has its login or nothing else is configured. */
export function platformsOf(settings: Settings, environment: Environment, report: Report): PlatformConfig[] {
  const configured = Object.entries(settings.platforms ?? {}).map(([name, platform]) =>
    platformConfig(name, platform, report)
  )
  const login = loginOfEnvironment(environment, report)
  if (login === undefined && configured.length > 0) return configured
  const written = configured.find(({ name }) => name === DEFAULT_PLATFORM)
  const byDefault = written ?? platformConfig(DEFAULT_PLATFORM, { logins: [] }, report)
  return [
    ...configured.filter((platform) => platform !== written),
    { ...byDefault, logins: login === undefined ? [] : [login] }
  ]
}

export function accountsOf(path: SettingPath, logins: readonly LoginSettings[], report: Report): Account[] {
  return logins.flatMap(({ username, password, passwordHash }, index) => {
    if (password !== undefined && passwordHash === undefined) return { username, password }
    if (passwordHash !== undefined && password === undefined) return { username, passwordHash }
    report(`${path.join('.')}.${index}: needs either password or passwordHash`, [...path, String(index)])
    return []
  })
}

/** A username leads to one owner; only a random secret may have a second one beside it, while it is replaced. */
export function checkUsernames(
  platforms: readonly PlatformConfig[],
  operators: readonly Account[],
  report: Report
): void {
  const owners = new Map<string, { owner: string; isHashed: boolean }>()
  const accounts = [
    ...platforms.flatMap(({ name, logins }) =>
      logins.map((login) => ({ owner: `platforms.${name}`, login }))
    ),
    ...operators.map((login) => ({ owner: 'operators', login }))
  ]
  for (const { owner, login } of accounts) {
    const isHashed = 'passwordHash' in login
    const other = owners.get(login.username)
    if (other && (other.owner !== owner || other.isHashed || isHashed))
      report(
        `${owner}: the username "${login.username}" is used a second time (first in ${other.owner})`,
        owner.split('.')
      )
    owners.set(login.username, { owner, isHashed })
  }
}

function platformConfig(name: string, settings: PlatformSettings, report: Report): PlatformConfig {
  return {
    name,
    logins: accountsOf(['platforms', name, 'logins'], settings.logins, report),
    sees: settings.sees ?? {},
    quotas: settings.quotas ?? {},
    allowFrom: networksOf(settings.allowFrom),
    ...(settings.forbids ? { forbids: settings.forbids } : {})
  }
}

export function networksOf(texts: readonly string[] = []): string[] {
  return texts.flatMap((text) => networkOf(text) ?? [])
}

function loginOfEnvironment(environment: Environment, report: Report): Account | undefined {
  const username = environment.get('PORTOLAN_USERNAME')
  const password = environment.get('PORTOLAN_PASSWORD')
  if (username !== undefined && password === undefined)
    report('PORTOLAN_PASSWORD: missing, while PORTOLAN_USERNAME is set')
  if (username?.includes(':')) report('PORTOLAN_USERNAME: must not have a colon')
  return password === undefined ? undefined : { username: username ?? 'portolan', password }
}
