import { withClient } from '../../support/postgres-server.ts'

/** What stands at each provider, asked there. */
export interface Standing {
  readonly databases: readonly string[]
  readonly roles: readonly string[]
  /** Of a cloud: its instances by name. */
  readonly instances?: readonly string[]
}

/** Ours by the form of their names. */
export function lookAtServer(access: Parameters<typeof withClient>[0]): Promise<Standing> {
  return withClient(access, async (client) => {
    const databases = await client.query(
      `SELECT datname AS name FROM pg_database WHERE datname ~ '^p[a-z2-7]{20}$'`
    )
    const roles = await client.query(
      `SELECT rolname AS name FROM pg_roles WHERE rolname ~ '^[pbs]_?[a-z2-7]{20}'`
    )
    const names = ({ rows }: { rows: { name: string }[] }) => rows.map(({ name }) => name)
    return { databases: names(databases), roles: names(roles) }
  })
}

/** What came since. */
export function without(now: Standing, before: Standing): Standing {
  return {
    databases: now.databases.filter((name) => !before.databases.includes(name)),
    roles: now.roles.filter((name) => !before.roles.includes(name))
  }
}
