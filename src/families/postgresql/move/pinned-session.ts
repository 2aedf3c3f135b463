import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Hold, Moving } from '../../../contract/move.ts'
import type { MoveCall, PostgresqlSession } from '../../../contract/ports.ts'
import { quoteText } from '../../../contract/sql.ts'
import { type Side, stepLogin } from './step-login.ts'

/**
 * What the text of a value depends on, and what could lead a statement astray. With an empty `search_path` only `pg_catalog` is
 * searched, so nothing that a tenant makes stands in for the server's own.
 */
const PINNED: Readonly<Record<string, string>> = {
  search_path: '',
  row_security: 'off',
  statement_timeout: '0',
  // What only reads waits for nobody. A tenant's function that the planner folds may, for what our own freeze has locked: for ever.
  lock_timeout: '1s',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  xmlbinary: 'base64',
  quote_all_identifiers: 'off',
  work_mem: '32MB',
  // Two lanes on each side are enough for a machine of two cores.
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  // Of a minor release on: a hostile server or tenant cannot slip a view in where a table was.
  restrict_nonsystem_relation_kind: 'view, foreign-table'
}

/** Runs `use` as the throwaway login of one side, in sessions whose settings do not depend on the tenant. */
export function pinnedSession<T>(
  moving: Moving<PostgresqlAccess>,
  side: Side,
  call: MoveCall,
  use: (session: PostgresqlSession) => Promise<T>
): Promise<T> {
  return call.postgresql(
    moving[side].access,
    async (session) => {
      await session.query(
        `-- pin the settings
         SELECT set_config(p.name, p.value, false) FROM unnest($1::text[], $2::text[]) AS p (name, value)
         JOIN pg_catalog.pg_settings s ON s.name OPERATOR(pg_catalog.=) p.name`,
        [Object.keys(PINNED), Object.values(PINNED)]
      )
      return use(session)
    },
    { as: stepLogin(moving, side), patience: 'long' }
  )
}

/** One transaction that writes nothing and sees one moment: at the source the one that is held. */
export function reading<T>(
  session: PostgresqlSession,
  side: Side,
  hold: Hold,
  use: () => Promise<T>
): Promise<T> {
  return session.transaction(async () => {
    await session.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    if (side === 'from') await session.query(`SET TRANSACTION SNAPSHOT ${quoteText(hold.snapshot)}`)
    return use()
  })
}
