import type { Examination } from '../../../../contract/move.ts'
import type { PostgresqlSession } from '../../../../contract/ports.ts'

/** What two busy cores did at least, for rows, indexes and large objects together. */
const COPIED_PER_SECOND = 30 * 1000 * 1000
const HASHED_PER_SECOND = 150 * 1000 * 1000
const SECONDS_PER_OBJECT = 0.01
/** To end sessions, dump the structure, and compare it. */
const SECONDS_ALWAYS = 3

/** Inside. */
export async function sizeOf(inside: PostgresqlSession): Promise<Examination['size']> {
  const [row] = await inside.query(
    `-- look at the size
     SELECT pg_database_size(current_database())::int8 AS bytes,
            (SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relkind <> 't')
              + (SELECT count(*) FROM pg_proc WHERE oid >= 16384)
              + (SELECT count(*) FROM pg_largeobject_metadata) AS objects`
  )
  return { bytes: Number(row?.['bytes'] ?? 0), objects: Number(row?.['objects'] ?? 0) }
}

export function estimateOf({ bytes, objects }: Examination['size']): Examination['estimate'] {
  const copySeconds = Math.ceil(bytes / COPIED_PER_SECOND + objects * SECONDS_PER_OBJECT + SECONDS_ALWAYS)
  return { copySeconds, freezeSeconds: copySeconds + Math.ceil(bytes / HASHED_PER_SECOND) + SECONDS_ALWAYS }
}

export function effectsOf({ freezeSeconds }: Examination['estimate']): readonly string[] {
  return [
    `For about ${duration(freezeSeconds)}, from the freeze to the cut-over, every session is ended and nobody can log in: the application has no database.`,
    'After the cut-over the database has another address. Platforms do not fetch credentials again by themselves: the interruption is the freeze and the time until the application is bound anew and restarted.',
    'A transaction that is open when the freeze begins is given a quarter of a second, and is then rolled back.',
    'From the freeze to the cut-over nobody can bind or unbind.'
  ]
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`
  return seconds < 5400 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 360) / 10} hours`
}
