import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { quoteMysqlText } from '../../src/contract/mysql.ts'
import type { MysqlProduct } from './mysql-process.ts'
import { need } from './need.ts'

export const mariadb: MysqlProduct = {
  isMariadb: true,
  program: () => need('mariadbd'),
  build,
  forget: ["DELETE FROM mysql.global_priv WHERE User IN ('root', '');", 'FLUSH PRIVILEGES;'],
  settings: {},
  connectionAdmin: 'CONNECTION ADMIN',
  identifiedBy: (password) => `IDENTIFIED BY ${quoteMysqlText(password)}`
}

function build(data: string): void {
  need('mariadbd')
  const words = [
    '--no-defaults',
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve'
  ]
  const args = [...words, `--datadir=${data}`, `--user=${userInfo().username}`]
  mkdirSync(data, { mode: 0o700 })
  // Elsewhere another one that starts would remove the tables of its queries.
  const env = { ...process.env, TMPDIR: data }
  execFileSync(need('mariadb-install-db'), args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
}
