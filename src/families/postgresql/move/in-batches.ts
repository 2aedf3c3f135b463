import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteText } from '../../../contract/sql.ts'

const BATCH = 200

/** Many small statements without a way to the server and back for each: one DO block runs two hundred of them, all or none. */
export async function runInBatches(
  session: PostgresqlSession,
  label: string,
  statements: readonly string[]
): Promise<void> {
  for (let at = 0; at < statements.length; at += BATCH) {
    const lines = statements.slice(at, at + BATCH).map((statement) => `EXECUTE ${quoteText(statement)};`)
    await session.query(`-- ${label}\nDO ${quoteText(`BEGIN\n${lines.join('\n')}\nEND`)}`)
  }
}
