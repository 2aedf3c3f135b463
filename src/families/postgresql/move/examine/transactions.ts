import type { MoveFinding } from '../../../../contract/move.ts'
import type { PostgresqlSession } from '../../../../contract/ports.ts'
import { quoteName } from '../../../../contract/sql.ts'
import { preparedIn } from '../prepared.ts'
import { finding, type Group, type Look } from './look.ts'

const LONG_MINUTES = 5

/** Thrown to roll back. */
const SEEN = new Error('seen')

/** What a freeze would meet: prepared transactions, which nothing ends, and long ones, which it ends. */
export const transactions: Group = async (look) => [
  ...(await preparedTransactions(look)),
  ...(await longTransactions(look))
]

async function preparedTransactions({ outside, from }: Look): Promise<readonly MoveFinding[]> {
  const prepared = await preparedIn(outside, from.access.database)
  return prepared.map(({ gid, owner }) =>
    finding(
      'prepared-transactions',
      'blocking',
      `prepared transaction ${gid}`,
      `It belongs to ${owner}, outlives every session, and could be committed after the copy.`,
      `COMMIT PREPARED ${gid} or ROLLBACK PREPARED ${gid}`
    )
  )
}

async function longTransactions({ outside, from, call }: Look): Promise<readonly MoveFinding[]> {
  const rows = await asMemberOfAll(outside, from.access.database, () =>
    outside.query(
      `-- look for long transactions
       SELECT usename AS who, floor(extract(epoch FROM $2::timestamptz - xact_start) / 60)::int4 AS minutes
       FROM pg_stat_activity
       WHERE datname = $1 AND usesysid IS NOT NULL AND xact_start < $2::timestamptz - interval '${LONG_MINUTES} minutes'
       ORDER BY xact_start`,
      [from.access.database, call.now.toISOString()]
    )
  )
  return rows.map((row) =>
    finding(
      'long-transactions',
      'warning',
      `login ${String(row['who'])}`,
      `It has had a transaction open for ${String(row['minutes'])} minutes; the freeze would end it, and what it did would be lost.`
    )
  )
}

/** When a transaction began is told to members of its role only. Root becomes one for the look; it is rolled back. */
async function asMemberOfAll<T>(
  outside: PostgresqlSession,
  database: string,
  look: () => Promise<T>
): Promise<T> {
  const strangers = await outside.query(
    `-- look who is in
     SELECT DISTINCT r.rolname FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
     WHERE a.datname = $1 AND NOT pg_has_role(r.oid, 'USAGE') AND NOT pg_has_role('pg_read_all_stats', 'USAGE')
       AND NOT r.rolsuper AND shobj_description(r.oid, 'pg_authid') LIKE 'portolan %'`,
    [database]
  )
  const seen: T[] = []
  await outside
    .transaction(async () => {
      for (const row of strangers) {
        await outside.query(`GRANT ${quoteName(String(row['rolname']))} TO CURRENT_USER`)
      }
      seen.push(await look())
      throw SEEN
    })
    .catch((error: unknown) => {
      if (error !== SEEN) throw error
    })
  return seen[0] as T
}
