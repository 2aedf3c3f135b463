import { createHash } from 'node:crypto'
import type { Programs } from './found-programs.ts'
import { livingByLog } from './living-by-log.ts'
import { MANAGED_ROOT } from './managed-root.ts'
import { processesIn } from './processes.ts'
import { complete } from './run-once.ts'
import type { Ending, Software } from './software.ts'

export const MARIADB_CONNECTIONS = 300

/** SIGTERM is its slow shutdown; it knows no other. */
const MARIADB_ENDING: Ending = {
  heads: processesIn,
  polite: 'SIGTERM',
  firm: 'SIGKILL',
  leavings: ['server.pid']
}

/** What its managed root may do; `IDENTIFIED` says with what password. */
export function mariadbRootStatements(identified: string): readonly string[] {
  const root = `'${MANAGED_ROOT}'@'%'`
  return [
    `CREATE USER ${root} ${identified}`,
    `GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO ${root}`,
    `GRANT SELECT ON mysql.* TO ${root}`,
    `GRANT ALL PRIVILEGES ON portolan.* TO ${root}`,
    `GRANT ALL PRIVILEGES ON \`p____________________\`.* TO ${root} WITH GRANT OPTION`
  ]
}

export function mariadb(programs: Programs): Software {
  const program = programs['mariadbd'] ?? ''
  return {
    title: 'MariaDB',
    program,
    async fill(server, data, password) {
      const maker = programs['mariadb-install-db'] ?? ''
      // A script of the shell: a folder whose name has a space would be two words of it.
      const making = { ...server, scratch: data }
      await complete(making, maker, [
        ...INITIAL,
        '--auth-root-authentication-method=normal',
        `--datadir=${data}`
      ])
      const statements = [...FORGET, ...mariadbRootStatements(`IDENTIFIED BY PASSWORD '${hashOf(password)}'`)]
      const input = statements.map((each) => `${each};\n`).join('')
      await complete(server, program, [...INITIAL_SERVER, '--bootstrap', ...at(data)], input)
    },
    words: ({ data, port }) => [...SETTINGS, ...at(data), `--port=${port}`, `--pid-file=${data}/server.pid`],
    living: (server, pid) => livingByLog(server, 'ready for connections', pid),
    ending: MARIADB_ENDING
  }
}

const SIZES = ['--innodb-log-file-size=8M', '--innodb-buffer-pool-size=32M', '--performance-schema=OFF']
const INITIAL_SERVER = ['--no-defaults', '--skip-name-resolve', ...SIZES]
const INITIAL = [...INITIAL_SERVER, '--skip-test-db']

/**
 * Loopback only, also no socket. Tenants' statements never reach the log: failed connections and what they broke off are not told.
 */
const SETTINGS = [
  ...INITIAL_SERVER,
  '--bind-address=127.0.0.1',
  '--socket=',
  '--local-infile=OFF',
  '--symbolic-links=OFF',
  '--log-warnings=1',
  '--default-time-zone=+00:00',
  `--max-connections=${MARIADB_CONNECTIONS}`
]

/** What it is born with: root without a password, and guests. Without the first line it asks nobody for rights, and gives none. */
const FORGET = ['FLUSH PRIVILEGES', "DELETE FROM mysql.global_priv WHERE User IN ('root', '')"]

/** In the system's folder for files that are kept for a while it would remove the tables of every other MariaDB's queries when it starts. */
function at(data: string): readonly string[] {
  return [`--datadir=${data}`, `--tmpdir=${data}`]
}

/** So that the password itself reaches no server, command line or log (`mysql_native_password`). */
function hashOf(password: string): string {
  const once = createHash('sha1').update(password).digest()
  return `*${createHash('sha1').update(once).digest('hex').toUpperCase()}`
}
