import type { PostgresqlSession } from '../../../contract/ports.ts'
import type { Task } from './lanes.ts'
import type { Reading } from './reading.ts'

const BATCH = 100

/** Quoted, with their schemas. */
export async function sequencesOf(session: PostgresqlSession): Promise<readonly string[]> {
  const rows = await session.query(`-- list the sequences
    SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`)
  return rows.map((row) => String(row['name']))
}

/** Where each sequence stands. `pg_sequences` would not tell the value of one that was set but not used yet. */
export function sequenceTasks(names: readonly string[], reading: Reading): Task[] {
  const tasks: Task[] = []
  for (let at = 0; at < names.length; at += BATCH) tasks.push(batchTask(names.slice(at, at + BATCH), reading))
  return tasks
}

function batchTask(names: readonly string[], reading: Reading): Task {
  return {
    async run(session) {
      const parts = names.map(
        (name, at) => `SELECT ${at} AS at, s.last_value::text AS value, s.is_called FROM ONLY ${name} s`
      )
      const rows = await session.query(`-- read the values of sequences\n${parts.join('\nUNION ALL ')}`)
      for (const row of rows) {
        reading.lines.push({
          kind: 'sequence value',
          object: `value of sequence ${names[Number(row['at'])]}`,
          text: `${String(row['value'])}${row['is_called'] === true ? '' : ', not used yet'}`
        })
      }
    },
    refused(why) {
      if (names.length > 1) return names.map((name) => batchTask([name], reading))
      reading.unread.set(`value of sequence ${names.join()}`, why)
      return []
    }
  }
}
