import { execFileSync } from 'node:child_process'
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
  execFileSync(need('mariadb-install-db'), args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
