import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { quoteMysqlText } from '../../src/contract/mysql.ts'
import type { MysqlProduct } from './mysql-process.ts'

/** MySQL 8 of the operator, or of whoever runs the tests: Debian has none. */
export function mysql8(program: string): MysqlProduct {
  return {
    isMariadb: false,
    program: () => program,
    build(data) {
      const args = [
        '--no-defaults',
        '--initialize-insecure',
        `--datadir=${data}`,
        `--user=${userInfo().username}`
      ]
      execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    },
    forget: ["DROP USER 'root'@'localhost';"],
    // So that the broker's own account enters without TLS too; bindings are `caching_sha2_password` whatever stands here.
    settings: {
      mysqlx: 'OFF',
      'loose-default-authentication-plugin': 'mysql_native_password',
      'log-bin-trust-function-creators': 'ON'
    },
    connectionAdmin: 'CONNECTION_ADMIN',
    identifiedBy: (password) => `IDENTIFIED WITH caching_sha2_password BY ${quoteMysqlText(password)}`
  }
}
