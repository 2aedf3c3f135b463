/** In SQL: `database` stands, and not even its group may enter. A freeze does that, and a switch that left it leaves it so. */
export function isClosed(database: string): string {
  return `EXISTS (SELECT FROM pg_database c JOIN pg_roles o ON o.rolname = c.datname
            WHERE c.datname = ${database} AND NOT has_database_privilege(o.oid, c.oid, 'CONNECT'))`
}
