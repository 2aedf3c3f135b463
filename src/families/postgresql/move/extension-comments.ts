import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName, quoteText } from '../../../contract/sql.ts'
import { runInBatches } from './in-batches.ts'

const QUESTION = `-- look at comments of extensions
SELECT extname AS name, obj_description(oid, 'pg_extension') AS comment FROM pg_extension WHERE pg_has_role(extowner, 'USAGE')`

/** Only those that differ from what the extension's own script has said. */
export async function copyExtensionComments(
  source: PostgresqlSession,
  target: PostgresqlSession
): Promise<void> {
  const there = new Map((await target.query(QUESTION)).map(({ name, comment }) => [name, comment]))
  const different = (await source.query(QUESTION)).filter(
    ({ name, comment }) => there.has(name) && there.get(name) !== comment
  )
  const statements = different.map(({ name, comment }) => {
    const text = typeof comment === 'string' ? quoteText(comment) : 'NULL'
    return `COMMENT ON EXTENSION ${quoteName(String(name))} IS ${text}`
  })
  await runInBatches(target, 'comment on extensions', statements)
}
