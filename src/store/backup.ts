import { createHmac } from 'node:crypto'
import { ownTables } from './own-tables.ts'
import type { Row, Session, SqlParameter } from './session.ts'
import type { Store } from './store.ts'

/** The first line of a backup. */
export interface BackupHead {
  readonly portolan: 'backup'
  readonly format: 1
  readonly schema: number
  readonly broker: string
  readonly at: number
  /** Id of the key that the last line is made with. */
  readonly key: string
}

/** Its last line: without it the file is not whole. */
export interface BackupEnd {
  readonly end: true
  readonly rows: number
  /** Ids of keys that something in it is sealed with. */
  readonly keys: readonly string[]
  /** Over every line before, with their line feeds. */
  readonly mac: string
}

/** A table begins; the rows that follow are lists in this order. */
export interface BackupTable {
  readonly table: string
  readonly columns: readonly string[]
}

const PURPOSE = 'backup'
const ROWS_AT_ONCE = 500

/** Counts and seals the lines of a backup, by whoever writes or reads it. */
export function backupMac(store: Pick<Store, 'seal'>, keyId: string) {
  const key = store.seal.derived(keyId, PURPOSE)
  if (!key) return undefined
  const hmac = createHmac('sha256', key)
  return {
    add: (line: string) => void hmac.update(`${line}\n`),
    /** With what the last line says besides. */
    end: (rows: number, keys: readonly string[]) =>
      hmac.update(JSON.stringify([rows, keys])).digest('base64url')
  }
}

/** Every line of a backup of one moment. */
export async function* backupLines(
  store: Store,
  session: Session,
  { schema, broker, at }: { readonly schema: number; readonly broker: string; readonly at: number }
): AsyncGenerator<string> {
  const { keyId } = store.seal
  const mac = backupMac(store, keyId)
  if (!mac) throw new Error('there is no key to seal the backup with')
  const keys = new Set<string>()
  let rows = 0
  const line = (value: object): string => {
    const text = JSON.stringify(value)
    mac.add(text)
    return text
  }
  yield line({ portolan: 'backup', format: 1, schema, broker, at, key: keyId } satisfies BackupHead)
  for (const { name, key } of ownTables()) {
    let columns: readonly string[] | undefined
    for await (const row of rowsOf(session, name, key)) {
      if (columns === undefined) {
        columns = Object.keys(row)
        yield line({ table: name, columns } satisfies BackupTable)
      }
      for (const id of keysIn(row)) keys.add(id)
      rows++
      yield line(columns.map((column) => row[column] ?? null))
    }
  }
  const all = [...keys].toSorted()
  yield JSON.stringify({ end: true, rows, keys: all, mac: mac.end(rows, all) } satisfies BackupEnd)
}

async function* rowsOf(session: Session, table: string, key: string | undefined): AsyncGenerator<Row> {
  if (key === undefined) {
    yield* await session.read(`select * from ${table}`)
    return
  }
  let after: SqlParameter | undefined
  for (;;) {
    const where = after === undefined ? '' : `where ${key} > ?`
    const rows = await session.read(`select * from ${table} ${where} order by ${key} limit ?`, [
      ...(after === undefined ? [] : [after]),
      ROWS_AT_ONCE
    ])
    yield* rows
    if (rows.length < ROWS_AT_ONCE) return
    after = rows.at(-1)?.[key] ?? null
  }
}

/** `sealed_*` and `request_hash` begin with the id of their key, and so does the canary. */
function keysIn(row: Row): string[] {
  const isCanary = row['name'] === 'canary'
  return Object.entries(row).flatMap(([column, value]) => {
    const isSealed =
      column.startsWith('sealed_') || column === 'request_hash' || (isCanary && column === 'value')
    return isSealed && typeof value === 'string' ? [value.split('.', 1)[0] ?? ''] : []
  })
}
