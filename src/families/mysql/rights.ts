import type { MysqlVersion } from '../../contract/mysql.ts'

const READ = ['SELECT', 'SHOW VIEW']

/** All of a database but EVENT: events run on when their maker's sessions have ended, and count for no limit of connections. */
const WRITE = [
  ...READ,
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'REFERENCES',
  'INDEX',
  'ALTER',
  'CREATE TEMPORARY TABLES',
  'LOCK TABLES',
  'EXECUTE',
  'CREATE VIEW',
  'CREATE ROUTINE',
  'ALTER ROUTINE',
  'TRIGGER'
]

/** Never one that reaches beyond the database, and never the right to give rights away. A reader gets no EXECUTE: a procedure writes as its definer. */
export function rightsFor(isReader: boolean, dialect: MysqlVersion['dialect']): readonly string[] {
  if (isReader) return READ
  return dialect === 'mariadb' ? [...WRITE, 'DELETE HISTORY'] : WRITE
}
