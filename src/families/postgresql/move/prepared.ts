import { ProviderFailure } from '../../../contract/errors.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteText } from '../../../contract/sql.ts'

const SHOWN = 80

/** A prepared transaction survives every session and could be committed into a source that was copied already. */
export async function refusePrepared(outside: PostgresqlSession, database: string): Promise<void> {
  const [first, ...others] = await preparedIn(outside, database)
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  throw new ProviderFailure(
    'conflict',
    `A prepared transaction is open: ${first.gid} of ${first.owner}${more}. COMMIT PREPARED or ROLLBACK PREPARED ends it.`
  )
}

export async function preparedIn(outside: PostgresqlSession, database: string) {
  const rows = await outside.query(
    `-- look for prepared transactions
     SELECT gid, owner FROM pg_prepared_xacts WHERE database = $1 ORDER BY prepared`,
    [database]
  )
  return rows.map((row) => ({ gid: shown(String(row['gid'])), owner: String(row['owner']) }))
}

/** A tenant chose it. */
function shown(gid: string): string {
  const plain = gid.replaceAll(/[^\x20-\x7e]/g, '?')
  return quoteText(plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain)
}
