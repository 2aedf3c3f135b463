import type { PostgresqlAccess } from '../../src/contract/access.ts'
import { MANAGED_ROOT } from '../../src/local/managed-root.ts'
import { type LocalName, readRecord } from '../../src/local/record.ts'

/** How the broker itself gets into a local server whose record lies in this data folder. */
export function localRoot(data: string, name: LocalName): PostgresqlAccess {
  const server = readRecord(data)?.servers[name]
  if (server === undefined) throw new Error(`no record of the local server ${name}`)
  const { port, password } = server
  return {
    kind: 'postgresql',
    host: '127.0.0.1',
    port,
    user: MANAGED_ROOT,
    password,
    database: 'postgres',
    network: 'private'
  }
}
