import { NO_HEAD } from '../domain/checkpoint.ts'
import { type BackupEnd, type BackupHead, type BackupTable, backupMac } from './backup.ts'
import { whole } from './columns.ts'
import { migrateWithin, tableExists } from './migrate.ts'
import { MIGRATIONS } from './migrations/all.ts'
import { ALL_OWN, type OwnTable, ownTables } from './own-tables.ts'
import { RECOVERY, RESTORED } from './recovery.ts'
import { CannotOpen } from './seal.ts'
import type { Session, SqlParameter } from './session.ts'
import { CANARY, type Store } from './store.ts'

/** The file is no backup, not whole, or not for this program and these keys. */
export class NotABackup extends Error {
  override readonly name = 'NotABackup'
}

/** Reads a backup from its beginning, as often as it is asked. */
export type Lines = () => AsyncIterable<string>

export interface CheckedBackup {
  readonly head: BackupHead
  readonly rows: number
}

/** To its last line, before anything is changed: is it whole, as it was made, and do the keys open it? */
export async function checkBackup(store: Pick<Store, 'seal'>, lines: Lines): Promise<CheckedBackup> {
  let check: Check | undefined
  for await (const line of lines()) {
    check ??= beginCheck(store, line)
    look(store, check, line)
  }
  if (!check?.end) throw new NotABackup('the backup is cut off: its last line is missing')
  const { head, end, rows, mac } = check
  for (const id of end.keys) if (!store.seal.derived(id, 'backup')) throw missingKey(id)
  if (end.rows !== rows || mac.end(rows, end.keys) !== end.mac)
    throw new NotABackup('the backup is not as it was made: it is damaged, or was changed')
  return { head, rows }
}

interface Check {
  readonly head: BackupHead
  readonly mac: NonNullable<ReturnType<typeof backupMac>>
  end: BackupEnd | undefined
  table: string
  rows: number
}

function beginCheck(store: Pick<Store, 'seal'>, line: string): Check {
  const head = headOf(parsed(line))
  const mac = backupMac(store, head.key)
  if (!mac) throw missingKey(head.key)
  return { head, mac, end: undefined, table: '', rows: 0 }
}

function look(store: Pick<Store, 'seal'>, check: Check, line: string): void {
  if (check.end) throw new NotABackup('something follows the end of the backup')
  const value = parsed(line)
  if (isEnd(value)) {
    check.end = value
    return
  }
  check.mac.add(line)
  if (isTable(value)) check.table = value.table
  if (!Array.isArray(value)) return
  check.rows++
  if (check.table === 'settings' && value[0] === 'canary') store.seal.open(CANARY, String(value[1]))
}

function headOf(value: unknown): BackupHead {
  const head = value as Partial<BackupHead> | undefined
  if (head?.portolan !== 'backup' || typeof head.schema !== 'number' || typeof head.key !== 'string')
    throw new NotABackup('this is no backup of Portolan')
  if (head.format !== 1 || head.schema > MIGRATIONS.length)
    throw new NotABackup(
      `the backup has schema ${head.schema}, this program knows ${MIGRATIONS.length}: use a newer version of Portolan`
    )
  return head as BackupHead
}

function missingKey(id: string): CannotOpen {
  return new CannotOpen(`the backup needs the key "${id}", which is not among the configured keys`)
}

/** Does the store hold anything that somebody would miss? */
export async function holdsRows(store: Store): Promise<boolean> {
  return store.database.read(async (session) => {
    for (const { name } of ownTables()) {
      if (name === 'settings' || name === 'platforms' || !(await tableExists(session, name))) continue
      const [row] = await session.read(`select 1 as found from ${name} limit 1`)
      if (row) return true
    }
    return false
  })
}

/**
 * Puts a checked backup in the place of whatever is in the store, and brings it to this program's schema, in one transaction. The
 * next start asks those who have seen later moments.
 */
export async function restore(store: Store, { head }: CheckedBackup, lines: Lines): Promise<void> {
  await store.database.write(async (session) => {
    await removeAll(session)
    await migrateWithin(session, head.schema)
    await fill(session, lines)
    await countOn(session)
    await migrateWithin(session, MIGRATIONS.length)
    const { number, mac, at } = (await tableExists(session, 'audit_chain'))
      ? await store.auditChain.head(session)
      : NO_HEAD
    const [row] = await session.read('select cast(:now as bigint) as now')
    const found = { number, mac, at }
    const reason = { since: row ? whole(row, 'now') : 0, witness: RESTORED, seen: found, found }
    await store.settings.set(session, RECOVERY, JSON.stringify(reason))
  })
}

async function removeAll(session: Session): Promise<void> {
  const names = [...ownTables().map(({ name }) => name), ...ALL_OWN]
  for (const name of names) await session.write(`drop table if exists ${name}`)
}

async function fill(session: Session, lines: Lines): Promise<void> {
  const known = new Map(ownTables().map((table) => [table.name, table]))
  let insertion = ''
  for await (const line of lines()) {
    const value = parsed(line)
    if (isTable(value)) insertion = insertionOf(session, known, value)
    if (Array.isArray(value)) await session.write(insertion, value as SqlParameter[])
  }
}

/** Names of columns are our own: the file is sealed. */
function insertionOf(
  { dialect }: Session,
  known: ReadonlyMap<string, OwnTable>,
  { table, columns }: BackupTable
): string {
  if (!known.has(table) || columns.some((column) => !/^\w+$/.test(column)))
    throw new NotABackup(`the backup has a table ${table}, which this program does not know`)
  const own = known.get(table)?.isCounted && dialect === 'postgres' ? ' overriding system value' : ''
  return `insert into ${table} (${columns.join(', ')})${own} values (${columns.map(() => '?').join(', ')})`
}

/** PostgreSQL does not know by itself where to go on. */
async function countOn(session: Session): Promise<void> {
  if (session.dialect === 'sqlite') return
  for (const { name, key, isCounted } of ownTables()) {
    if (!isCounted || !(await tableExists(session, name))) continue
    await session.read(
      `select setval(pg_get_serial_sequence('${name}', '${key}'), coalesce((select max(${key}) from ${name}), 0) + 1, false)::text`
    )
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new NotABackup('the backup is damaged: a line of it cannot be read')
  }
}

function isTable(value: unknown): value is BackupTable {
  return typeof value === 'object' && value !== null && 'table' in value && 'columns' in value
}

function isEnd(value: unknown): value is BackupEnd {
  return typeof value === 'object' && value !== null && 'end' in value && 'mac' in value
}
