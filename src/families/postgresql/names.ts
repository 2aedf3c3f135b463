import type { PostgresqlAccess } from '../../contract/access.ts'

/** The group of read-only logins. The group of the others has the database's name. */
export function readerOf(resource: string): string {
  return `${resource}_ro`
}

/** Where root works as long as it needs nothing inside the tenant's database. */
export function maintenance(access: PostgresqlAccess): { readonly database: string } {
  return { database: access.maintenanceDatabase ?? 'postgres' }
}
