import { join } from 'node:path'
import type { StartedBroker } from '../main.ts'
import { type LocalExtra, localExtras } from '../start/local-providers.ts'

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
    ...extrasText(config),
    ...(generated ? [`  The login of the platform is in ${file}`] : []),
    '',
    '  See the catalog:',
    `    curl -u ${shown ?? loginFrom(generated ? file : undefined)} -H 'X-Broker-API-Version: 2.17' ${url}/v2/catalog`,
    ''
  ].join('\n')
}

/** What berlin and paris offer on this machine beside PostgreSQL. */
function extrasText(config: StartedBroker['config']): readonly string[] {
  const extras = localExtras(config)
  if (extras.length === 0) return []
  const here = ['PostgreSQL', ...extras.filter(({ state }) => state === 'offered').map(({ title }) => title)]
  return [
    `  berlin and paris offer ${new Intl.ListFormat('en').format(here)}`,
    ...extras.flatMap((each) => (each.state === 'offered' ? [] : [`  ${wayTo(each)}`]))
  ]
}

function wayTo({ title, state, remedy }: Exclude<LocalExtra, { readonly state: 'offered' }>): string {
  const wish = `To have ${title} there too, ${remedy}`
  return state === 'demanded'
    ? `portolan.yaml asks for ${title}, and its programs are missing. ${wish}`
    : wish
}

function loginFrom(file: string | undefined): string {
  if (file === undefined) return 'USERNAME:PASSWORD'
  return `"$(node -p 'const l = JSON.parse(fs.readFileSync("${file}")); l.username + ":" + l.password')"`
}
