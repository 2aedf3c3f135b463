import type { PostgresqlAccess } from './access.ts'
import type { ResourceFinding } from './adapter.ts'
import type { Call } from './ports.ts'

/** What an administrator of PostgreSQL needs, so that logins and databases can be made by SQL. */
export type LoginRight = 'CREATEROLE' | 'CREATEDB'

/** For drivers whose plans say who makes the logins (`logins`): whether the administrator may do what the plan takes for granted. */
export async function loginRights(
  access: PostgresqlAccess,
  needed: readonly LoginRight[],
  logins: 'sql' | 'provider',
  call: Call
): Promise<readonly ResourceFinding[]> {
  const lacking = await lackingRights(access, needed, call)
  if (logins === 'provider') return [byProvider(lacking)]
  if (lacking.length === 0) {
    return [{ level: 'ok', text: `the administrator of the database server has ${needed.join(' and ')}` }]
  }
  return [
    {
      level: 'refused',
      text: `the administrator of the database server lacks ${lacking.join(' and ')}: bindings cannot be made by SQL`,
      remedy:
        'write `logins: provider` into their driverPlan, and `isolation: dedicated`; their instances cannot switch then'
    }
  ]
}

function byProvider(lacking: readonly LoginRight[]): ResourceFinding {
  if (lacking.length > 0) {
    const text = `the administrator of the database server lacks ${lacking.join(' and ')}, and the provider makes the logins`
    return { level: 'ok', text }
  }
  return {
    level: 'ok',
    text: 'the provider makes the logins, although the administrator of the database server could',
    remedy: 'new plans without `logins: provider` can switch'
  }
}

async function lackingRights(
  access: PostgresqlAccess,
  needed: readonly LoginRight[],
  call: Call
): Promise<readonly LoginRight[]> {
  const { maintenanceDatabase } = access
  const options = maintenanceDatabase === undefined ? {} : { database: maintenanceDatabase }
  const [row] = await call.postgresql(
    access,
    (session) =>
      session.query(
        `-- look at the administrator
         SELECT rolcreaterole OR rolsuper AS makes_roles, rolcreatedb OR rolsuper AS makes_databases
         FROM pg_roles WHERE rolname = current_user`
      ),
    options
  )
  const has = { CREATEROLE: row?.['makes_roles'] === true, CREATEDB: row?.['makes_databases'] === true }
  return needed.filter((right) => !has[right])
}
