import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { chooseFreePort } from '../../src/local/ports.ts'
import { need } from './need.ts'

export interface RunningMariadb {
  readonly pid: number
  readonly port: number
}

/** What it is born with: root without a password, and guests. */
const FORGET = ["DELETE FROM mysql.global_priv WHERE User IN ('root', '');", 'FLUSH PRIVILEGES;']
const READY = 'ready for connections'
const TAKEN = "Can't start server: Bind on TCP/IP port"

/**
 * A new MariaDB on 127.0.0.1 with all it has in `folder`; `statements` are run by its own root before anybody can connect, one a line.
 * After that only accounts they made can log in.
 */
export async function raiseMariadb(
  folder: string,
  statements: readonly string[],
  settings: Readonly<Record<string, string>> = {}
): Promise<RunningMariadb> {
  const data = join(folder, 'data')
  const start = join(folder, 'start.sql')
  buildData(data)
  mkdirSync(join(folder, 'files'), { mode: 0o700 })
  writeFileSync(start, [...FORGET, ...statements].join('\n'), { mode: 0o600 })
  for (let attempt = 1; ; attempt += 1) {
    const port = await chooseFreePort()
    const words = Object.entries({ ...ALWAYS, ...placesIn(folder), port: String(port), ...settings })
    const args = words.map(([name, value]) => `--${name}=${value}`)
    const child = spawn(need('mariadbd'), ['--no-defaults', ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe']
    })
    const told = await outcome(child, join(folder, 'server.log'))
    if (told === 'ready') {
      rmSync(start)
      return { pid: Number(child.pid), port }
    }
    if (!told.includes(TAKEN) || attempt === 5) throw new Error(`mariadbd did not start: ${told}`)
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
    socket: join(folder, 'socket'),
    'pid-file': join(folder, 'pid'),
    'secure-file-priv': join(folder, 'files'),
    'init-file': join(folder, 'start.sql')
  }
}

function buildData(data: string): void {
  need('mariadbd')
  const words = [
    '--no-defaults',
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve'
  ]
  const args = [...words, `--datadir=${data}`, `--user=${userInfo().username}`]
  execFileSync(need('mariadb-install-db'), args, { stdio: ['ignore', 'ignore', 'pipe'] })
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
