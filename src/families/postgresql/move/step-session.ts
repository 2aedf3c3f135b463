import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Moving } from '../../../contract/move.ts'
import type { Call, PostgresqlSession } from '../../../contract/ports.ts'
import { quoteText } from '../../../contract/sql.ts'
import { type Side, stepLogin } from './step-login.ts'

/** What values look like as text must be the same on both sides, whatever is set for the database. */
const PINNED: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog',
  row_security: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  client_encoding: 'UTF8'
}

/** Also after a tenant's code has run in the session and changed what it liked: a check that a row went through may `SET ROLE NONE`. */
export async function pinSession(session: PostgresqlSession, role = 'none'): Promise<void> {
  const settings = Object.entries({ ...PINNED, role })
  const calls = settings.map(
    ([name, value]) => `pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, false)`
  )
  await session.query(`-- pin the settings\nSELECT ${calls.join(', ')}`)
}

/** A session of the throwaway login inside the tenant's database. */
export function inStep<T>(
  moving: Moving<PostgresqlAccess>,
  side: Side,
  call: Call,
  use: (session: PostgresqlSession) => Promise<T>
): Promise<T> {
  return call.postgresql(
    moving[side].access,
    async (session) => {
      await pinSession(session)
      return use(session)
    },
    { as: stepLogin(moving, side), patience: 'long' }
  )
}

/** The source as it was at one moment. */
export function underSnapshot<T>(
  moving: Moving<PostgresqlAccess>,
  snapshot: string,
  call: Call,
  use: (source: PostgresqlSession) => Promise<T>
): Promise<T> {
  return inStep(moving, 'from', call, (session) =>
    session.transaction(async () => {
      await session.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
      await session.query(`SET TRANSACTION SNAPSHOT ${quoteText(snapshot)}`)
      return use(session)
    })
  )
}

/** At the target everything is made by the group, which owns it from then on. */
export function asGroup<T>(
  moving: Moving<PostgresqlAccess>,
  call: Call,
  use: (target: PostgresqlSession) => Promise<T>
): Promise<T> {
  return inStep(moving, 'to', call, async (session) => {
    await pinSession(session, moving.to.access.database)
    return use(session)
  })
}
