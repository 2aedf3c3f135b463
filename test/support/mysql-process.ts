import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { mariadbRootStatements } from '../../src/local/mariadb.ts'
import { chooseFreePort } from '../../src/local/ports.ts'
import { mariadb } from './mariadb.ts'
import { mysql8 } from './mysql8.ts'

export interface MysqlProcess {
  readonly pid: number
  readonly port: number
}

/** What differs between the servers that speak MySQL. */
export interface MysqlProduct {
  /** Else it is MySQL 8: a few statements and numbers of errors differ. */
  readonly isMariadb: boolean
  /** The path of the server. */
  readonly program: () => string
  /** Makes an empty data folder. */
  readonly build: (data: string) => void
  /** What it is born with, root without a password above all, goes. */
  readonly forget: readonly string[]
  readonly settings: Readonly<Record<string, string>>
  /** Its name of the right to end sessions. */
  readonly connectionAdmin: string
  /** How an account logs in to a managed server of it. */
  readonly identifiedBy: (password: string) => string
}

const READY = 'ready for connections'
const TAKEN = "Can't start server: Bind on TCP/IP port"

/** MariaDB, which Debian has. `PORTOLAN_TEST_MYSQLD` is the path of a `mysqld` of MySQL 8 to run the same tests on. */
const MYSQLD = process.env['PORTOLAN_TEST_MYSQLD']
export const mysqlProduct = MYSQLD === undefined ? mariadb : mysql8(MYSQLD)

/** What an administrator does once for the broker, as the README of `mysql-server` says. `?` is the password. */
export const MANAGED_ROOT_STATEMENTS = mariadbRootStatements('IDENTIFIED BY ?').map((each) =>
  each.replace('CONNECTION ADMIN', mysqlProduct.connectionAdmin)
)

/**
 * A new server on 127.0.0.1 with all it has in `folder`; `statements` are run by its own root before anybody can connect, one a line.
 * After that only accounts they made can log in.
 */
export async function raiseMysql(
  folder: string,
  statements: readonly string[],
  settings: Readonly<Record<string, string>> = {}
): Promise<MysqlProcess> {
  const data = join(folder, 'data')
  const start = join(folder, 'start.sql')
  mysqlProduct.build(data)
  mkdirSync(join(folder, 'files'), { mode: 0o700 })
  writeFileSync(start, [...statements, ...mysqlProduct.forget, ''].join('\n'), { mode: 0o600 })
  for (let attempt = 1; ; attempt += 1) {
    const port = await chooseFreePort()
    const always = { ...ALWAYS, ...mysqlProduct.settings, ...placesIn(folder) }
    const words = Object.entries({ ...always, port: String(port), ...settings })
    const args = words.map(([name, value]) => `--${name}=${value}`)
    const child = spawn(mysqlProduct.program(), ['--no-defaults', ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe']
    })
    const told = await outcome(child, join(folder, 'server.log'))
    if (told === 'ready') {
      rmSync(start)
      return { pid: Number(child.pid), port }
    }
    if (!told.includes(TAKEN) || attempt === 5) throw new Error(`the server did not start: ${told}`)
  }
}

const ALWAYS = {
  'bind-address': '127.0.0.1',
  'skip-name-resolve': 'ON',
  'local-infile': 'OFF',
  'symbolic-links': 'OFF',
  user: userInfo().username,
  'innodb-buffer-pool-size': '32M',
  'innodb-flush-log-at-trx-commit': '0',
  'innodb-fast-shutdown': '2',
  'performance-schema': 'OFF',
  'max-connections': '400'
}

function placesIn(folder: string) {
  return {
    datadir: join(folder, 'data'),
    tmpdir: join(folder, 'data'),
    socket: join(folder, 'socket'),
    'pid-file': join(folder, 'pid'),
    'secure-file-priv': join(folder, 'files'),
    'init-file': join(folder, 'start.sql')
  }
}

/** `ready`, or what it said before it ended. */
function outcome(child: ChildProcess, logFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('error', reject)
    child.once('exit', () => resolve(text))
    child.stderr?.on('data', (chunk: Buffer) => {
      appendFileSync(logFile, chunk)
      text = (text + chunk.toString()).slice(-20_000)
      if (text.includes(READY)) resolve('ready')
    })
  })
}
