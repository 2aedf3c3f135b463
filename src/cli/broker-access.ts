import { readFileSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { environment } from '../config/environment.ts'
import { disk } from '../config/files.ts'
import { generatedBefore } from '../config/first-start.ts'
import { loadConfig } from '../config/load-config.ts'
import { urlPath } from '../config/url-path.ts'
import type { Account } from '../domain/account.ts'
import { CommandFailure, EXIT } from './exit-code.ts'

/** Where a running broker is, and how an operator gets in. */
export interface BrokerAccess {
  /** Without a slash at the end. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** PEM of the broker's own certificate, where its settings are at hand: it is known by that, whatever name it listens under. */
  readonly certificate?: Buffer
}

/** The environment first; settings and data folder are looked at only for what it leaves open. */
export function brokerAccess(env: NodeJS.ProcessEnv): BrokerAccess {
  const problems: string[] = []
  const { get } = environment(env, disk, (problem) => problems.push(problem))
  const url = get('PORTOLAN_URL')
  const username = get('PORTOLAN_OPERATOR_USERNAME') ?? 'operator'
  const password = get('PORTOLAN_OPERATOR_PASSWORD')
  if (problems.length > 0) throw new CommandFailure(EXIT.usage, problems.join('; '))
  let loaded: Config | undefined
  const config = (): Config => (loaded ??= loadConfig(env))
  const place = url === undefined ? placeOf(config()) : { url: checkedUrl(url) }
  return { ...place, ...(password === undefined ? loginOf(config()) : { username, password }) }
}

function placeOf({ dataDir, listen, ...config }: Config): Pick<BrokerAccess, 'url' | 'certificate'> {
  const scheme = listen.tls ? 'https' : 'http'
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  const url = disk.read(urlPath(dataDir))?.trim() ?? `${scheme}://${host}:${listen.port}`
  if (new URL(url).port === '0') throw new CommandFailure(EXIT.unreachable, notRunning(config.publicUrl))
  return {
    url: reachable(url),
    ...(listen.tls ? { certificate: readFileSync(listen.tls.cert) } : {})
  }
}

function notRunning(publicUrl: string | undefined): string {
  const elsewhere = publicUrl === undefined ? '' : `; should it run elsewhere, set PORTOLAN_URL=${publicUrl}`
  return `the broker does not run on this data folder${elsewhere}`
}

/** A broker that listens on all addresses is reached on this machine's own. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}

function checkedUrl(written: string): string {
  const url = written.replace(/\/+$/, '')
  if (URL.canParse(url) && /^https?:\/\/[^@?#]+$/.test(url)) return url
  throw new CommandFailure(EXIT.usage, 'PORTOLAN_URL must be an http or https address without a login')
}

function loginOf({ operators, dataDir }: Config): Pick<BrokerAccess, 'username' | 'password'> {
  const known: readonly Account[] = operators.length > 0 ? operators : madeBefore(dataDir)
  const login = known.find((account) => 'password' in account)
  if (login && 'password' in login) return login
  const why = operators.length > 0 ? 'the settings have only hashed passwords' : 'none was made here yet'
  throw new CommandFailure(
    EXIT.notAllowed,
    `no operator's login is known (${why}): set PORTOLAN_OPERATOR_USERNAME and PORTOLAN_OPERATOR_PASSWORD`
  )
}

function madeBefore(dataDir: string): readonly Account[] {
  const { operator } = generatedBefore(dataDir)
  return operator ? [operator] : []
}
