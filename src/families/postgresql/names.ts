import type { PostgresqlAccess } from '../../contract/access.ts'

/** The group of read-only logins. The group of the others has the database's name. */
export function readerOf(resource: string): string {
  return `${resource}_ro`
}

/** The comment of a binding's login: how release finds one that was left half removed. */
export function loginComment(resource: string): string {
  return `portolan login of ${resource}`
}

/** Where root works as long as it needs nothing inside the tenant's database. */
export function maintenance(access: PostgresqlAccess): { readonly database: string } {
  return { database: access.maintenanceDatabase ?? 'postgres' }
}
