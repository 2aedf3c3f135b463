import { join } from 'node:path'
import type { StartedBroker } from '../main.ts'

/** Where it listens, where the login is, and one example to copy. A password is shown to a terminal only. */
export function greeting(broker: StartedBroker, isTerminal: boolean): string {
  const { url, config, hasGeneratedLogin: generated } = broker
  const file = join(config.dataDir, 'login.json')
  const login = config.platforms.flatMap(({ logins }) => logins)[0]
  const shown =
    generated && isTerminal && login && 'password' in login
      ? `${login.username}:${login.password}`
      : undefined
  return [
    '',
    `  Portolan listens on ${url}`,
    ...(generated ? [`  The login of the platform is in ${file}`] : []),
    '',
    '  See the catalog:',
    `    curl -u ${shown ?? loginFrom(generated ? file : undefined)} -H 'X-Broker-API-Version: 2.17' ${url}/v2/catalog`,
    ''
  ].join('\n')
}

function loginFrom(file: string | undefined): string {
  if (file === undefined) return 'USERNAME:PASSWORD'
  return `"$(node -p 'const l = JSON.parse(fs.readFileSync("${file}")); l.username + ":" + l.password')"`
}
