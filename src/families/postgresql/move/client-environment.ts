import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { Moving } from '../../../contract/move.ts'
import type { Tool, Workspace } from '../../../contract/ports.ts'
import { type Side, stepLogin } from './step-login.ts'

/** The settings that beat those of the database and the role, as in every session of ours. */
const SETTINGS: readonly string[] = [
  'search_path=pg_catalog',
  'role=none',
  'row_security=off',
  'default_transaction_read_only=off',
  'local_preload_libraries=',
  'statement_timeout=0',
  'lock_timeout=0',
  'idle_in_transaction_session_timeout=0',
  'idle_session_timeout=0',
  'client_connection_check_interval=5s'
]

/** Half a second of commits may be lost with the server, which the last commit of a copy, made as usual, rules out. */
const WRITING: readonly string[] = ['synchronous_commit=off', 'maintenance_work_mem=256MB']

/** libpq before 16 does not know where the machine keeps its certificates. */
const DEBIAN_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

/** How libpq's programs log in as the throwaway login: its password stands in a file that only they can read. */
export async function clientEnvironment(
  moving: Moving<PostgresqlAccess>,
  side: Side,
  workspace: Workspace,
  tool: Tool
): Promise<Readonly<Record<string, string>>> {
  const { access } = moving[side]
  const { name, password } = stepLogin(moving, side)
  const settings = side === 'to' ? [...SETTINGS, ...WRITING] : SETTINGS
  return {
    ...(await addressOf(access, side, workspace, tool)),
    PGPORT: String(access.port),
    PGUSER: name,
    PGDATABASE: access.database,
    PGPASSFILE: await workspace.write(`login-${side}`, `*:*:*:${name}:${password}\n`),
    PGOPTIONS: settings.map((setting) => `-c ${setting}`).join(' '),
    PGAPPNAME: 'portolan',
    PGCONNECT_TIMEOUT: '10',
    PGGSSENCMODE: 'disable',
    // Only from 16 on; the password is thrown away with the attempt.
    PGREQUIREAUTH: 'scram-sha-256'
  }
}

async function addressOf(
  { host, tls }: PostgresqlAccess,
  side: Side,
  workspace: Workspace,
  tool: Tool
): Promise<Record<string, string>> {
  if (tls === undefined) return { PGHOST: host, PGSSLMODE: 'disable' }
  const ca = tls.ca === undefined ? systemCertificates(tool) : await workspace.write(`ca-${side}`, tls.ca)
  const certified = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: ca }
  const { servername } = tls
  if (servername === undefined || servername === host) return { PGHOST: host, ...certified }
  // The name that the certificate must carry, and where to go.
  if (/^[\d.]+$|:/.test(host)) return { PGHOST: servername, PGHOSTADDR: host, ...certified }
  throw new ProviderFailure(
    'invalid',
    `The tools of PostgreSQL cannot reach ${host} under the other name ${servername} of its certificate; give its address instead.`
  )
}

function systemCertificates({ version }: Tool): string {
  return Number.parseInt(version, 10) >= 16 ? 'system' : DEBIAN_CERTIFICATES
}
