import type { MysqlVersion } from '../../src/contract/mysql.ts'

/** The statement that changes a setting of the server now and for good: MariaDB keeps none itself. */
export function lasting(dialect: MysqlVersion['dialect'], name: string, value: number | 'OFF'): string {
  const setting = `${name} = ${value}`
  if (dialect === 'mysql') return `SET PERSIST ${setting};`
  return `SET GLOBAL ${setting}; -- and in the file of the server, under [mysqld], or its next start undoes that: ${setting}`
}
