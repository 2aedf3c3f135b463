import type { MoveCall, Tool } from '../../../contract/ports.ts'

export interface ClientTools {
  readonly dump: Tool
  readonly restore: Tool
}

/** A sentence about the package that would mend it. */
export interface MissingTools {
  readonly missing: string
}

/** In older ones a hostile server harms whoever dumps from it. All four came out on one day. */
const OLDEST_MINOR: ReadonlyMap<number, number> = new Map([
  [15, 18],
  [16, 14],
  [17, 10],
  [18, 4]
])

/** The newest that Debian 12 has of its own. */
const DEBIAN_MAJOR = 15

/**
 * `pg_dump` refuses servers newer than itself, and what newer tools write (`SET transaction_timeout`) older servers refuse. So both are of
 * a major from the source's to the target's, the newest there is. Versions are as `server_version_num` tells them.
 */
export async function chooseTools(
  call: Pick<MoveCall, 'tools'>,
  fromVersion: number,
  toVersion: number
): Promise<ClientTools | MissingTools> {
  const [oldest, newest] = [majorOf(fromVersion), majorOf(toVersion)]
  if (newest < oldest) {
    return { missing: `PostgreSQL ${oldest} cannot move to the older PostgreSQL ${newest}.` }
  }
  const [dumps, restores] = await Promise.all([call.tools('pg_dump'), call.tools('pg_restore')])
  for (let major = newest; major >= oldest; major -= 1) {
    const [dump, restore] = [dumps.find(fits(major)), restores.find(fits(major))]
    if (dump !== undefined && restore !== undefined) return { dump, restore }
  }
  return { missing: sentenceFor(oldest, newest) }
}

export function majorOf(version: number): number {
  return Math.floor(version / 10_000)
}

function fits(major: number) {
  return ({ version }: Tool) => {
    const [itsMajor = 0, itsMinor = 0] = version.split('.').map(Number)
    return itsMajor === major && itsMinor >= (OLDEST_MINOR.get(major) ?? 0)
  }
}

function sentenceFor(oldest: number, newest: number): string {
  const minor = OLDEST_MINOR.get(newest)
  const version = minor === undefined ? newest : `${newest}.${minor} or later`
  const where = newest > DEBIAN_MAJOR ? ' (on Debian 12 from apt.postgresql.org)' : ''
  const range = oldest === newest ? '' : `; one from ${oldest} on would do`
  return `pg_dump and pg_restore ${version} are not installed: package postgresql-client-${newest}${where}${range}.`
}
