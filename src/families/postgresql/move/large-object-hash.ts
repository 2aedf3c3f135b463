import type { PostgresqlSession } from '../../../contract/ports.ts'
import type { Task } from './lanes.ts'
import type { Line, Reading } from './reading.ts'
import { type Hashing, hashed } from './row-hash.ts'

const BATCH = 200
/** What the server reads of an object at once. */
const PIECE = 64 * 1024 * 1024

export async function largeObjectsOf(session: PostgresqlSession): Promise<readonly string[]> {
  const rows = await session.query(
    '-- list the large objects\nSELECT m.oid::text AS oid FROM pg_largeobject_metadata m ORDER BY m.oid'
  )
  return rows.map((row) => String(row['oid']))
}

/** The content of every large object, hashed at the server; of those larger than one piece in several. */
export function largeObjectTasks(oids: readonly string[], hashing: Hashing, reading: Reading): Task[] {
  const tasks: Task[] = []
  for (let at = 0; at < oids.length; at += BATCH)
    tasks.push(batchTask(oids.slice(at, at + BATCH), hashing, reading))
  return tasks
}

function batchTask(oids: readonly string[], hashing: Hashing, reading: Reading): Task {
  return {
    async run(session) {
      const rows = await session.query(
        `-- hash large objects
         SELECT l.oid, octet_length(l.piece) AS bytes, ${hashed('row(l.piece)', hashing)}::text AS hash
         FROM (SELECT o AS oid, lo_get(o::bigint::oid, 0, ${PIECE}) AS piece FROM unnest($1::text[]) o OFFSET 0) l`,
        [oids]
      )
      const lines: Line[] = []
      for (const row of rows) {
        const oid = String(row['oid'])
        const rest = Number(row['bytes']) < PIECE ? '' : await restOf(session, hashing, oid)
        lines.push({
          kind: 'large object',
          object: `large object ${oid}`,
          text: `${Number(row['bytes'])} bytes, ${String(row['hash'])}${rest}`
        })
      }
      reading.lines.push(...lines)
    },
    refused(why) {
      if (oids.length > 1) return oids.map((oid) => batchTask([oid], hashing, reading))
      reading.unread.set(`large object ${oids.join()}`, why)
      return []
    }
  }
}

async function restOf(session: PostgresqlSession, hashing: Hashing, oid: string): Promise<string> {
  let text = ''
  for (let at = PIECE; ; at += PIECE) {
    const [row] = await session.query(
      `-- hash a piece of a large object
       SELECT octet_length(l.piece) AS bytes, ${hashed('row(l.piece)', hashing)}::text AS hash
       FROM (SELECT lo_get($1::bigint::oid, $2::bigint, ${PIECE}) AS piece OFFSET 0) l`,
      [oid, at]
    )
    text += ` ${String(row?.['hash'])}`
    if (Number(row?.['bytes']) < PIECE) return text
  }
}
