import { MIGRATIONS } from './migrations/all.ts'
import type { Database, Session } from './session.ts'

/** The start is refused: an older program must not write into a newer schema. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema'
}

/**
 * Brings the schema to this program's version, forward only. Safe when several processes start at once: the second waits
 * for the first one's transaction and then finds nothing to do.
 */
export async function migrate(database: Database): Promise<{ readonly from: number; readonly to: number }> {
  return database.write((session) => migrateWithin(session, MIGRATIONS.length))
}

/** As `migrate`, in a transaction that does more; no further than to that version. */
export async function migrateWithin(
  session: Session,
  to: number
): Promise<{ readonly from: number; readonly to: number }> {
  await lock(session)
  const from = await versionOf(session)
  if (from > to) {
    throw new NewerSchema(
      `the store has schema ${from}, this program knows ${to}: start a newer version of Portolan, or restore a backup`
    )
  }
  for (const [index, statements] of MIGRATIONS.slice(0, to).entries()) {
    if (index < from) continue
    for (const statement of statements) await session.write(forDialect(statement, session))
    await session.write('insert into schema_versions (version, applied_at) values (?, :now)', [index + 1])
  }
  return { from, to }
}

export async function tableExists(session: Session, name: string): Promise<boolean> {
  const [found] = await session.read(
    session.dialect === 'sqlite'
      ? `select 1 as found from sqlite_master where type = 'table' and name = ?`
      : `select 1 as found where to_regclass(?) is not null`,
    [name]
  )
  return found !== undefined
}

/** The store's schema and this program's, without changing anything; 0 is an empty store. */
export async function schemaOf(database: Database): Promise<{ readonly is: number; readonly known: number }> {
  const is = await database.read(async (session) => {
    return (await tableExists(session, 'schema_versions')) ? versionOf(session) : 0
  })
  return { is, known: MIGRATIONS.length }
}

async function lock(session: Session): Promise<void> {
  // 0x706f7274: "port". Held to the end of the transaction.
  if (session.dialect === 'postgres') await session.read('select pg_advisory_xact_lock(1886351988)::text')
  await session.write(
    'create table if not exists schema_versions (version bigint primary key, applied_at bigint not null)'
  )
}

async function versionOf(session: Session): Promise<number> {
  const rows = await session.read('select max(version) as version from schema_versions')
  return Number(rows[0]?.['version'] ?? 0)
}

function forDialect(statement: string, session: Session): string {
  return statement.replace(
    '{sequence}',
    session.dialect === 'sqlite'
      ? 'integer primary key autoincrement'
      : 'bigint generated always as identity primary key'
  )
}
