import { scramVerifier } from './scram.ts'

/** Whom the broker logs in as: it makes databases and roles, and is no superuser. */
export const MANAGED_ROOT = 'portolan_root'

/**
 * What a new server needs once, as superuser: the managed root, and nobody else's way into the databases that are there
 * (by default everybody may enter `postgres` and `template1`, and plant things there that later databases inherit).
 */
export function managedRootStatements(password: string): string[] {
  return [
    `CREATE ROLE ${MANAGED_ROOT} LOGIN CREATEDB CREATEROLE REPLICATION PASSWORD '${scramVerifier(password)}'`,
    'REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC',
    `GRANT CONNECT ON DATABASE postgres TO ${MANAGED_ROOT}`,
    `GRANT SET ON PARAMETER temp_file_limit TO ${MANAGED_ROOT}`
  ]
}
