import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Moving } from '../../../contract/move.ts'
import type { Call, PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName, quoteText } from '../../../contract/sql.ts'
import { type Side, stepLogin } from './step-login.ts'

/** What values look like as text must be the same on both sides, whatever is set for the database. */
const SAME_TEXT: readonly (readonly [name: string, value: string])[] = [
  ['DateStyle', 'ISO, YMD'],
  ['IntervalStyle', 'postgres'],
  ['TimeZone', 'UTC'],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
  ['lc_monetary', 'C'],
  ['xmloption', 'content'],
  ['client_encoding', 'UTF8']
]

const PINNED = `-- pin what values look like
SELECT ${SAME_TEXT.map(([name, value]) => `set_config('${name}', ${quoteText(value)}, false)`).join(', ')}`

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
      await session.query(PINNED)
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
    await session.query(`SET ROLE ${quoteName(moving.to.access.database)}`)
    return use(session)
  })
}
