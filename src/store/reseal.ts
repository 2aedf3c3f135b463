import { provisionIdentity } from '../domain/request-identity.ts'
import { text } from './columns.ts'
import type { Row, Session } from './session.ts'
import { CANARY, type Store } from './store.ts'

const ROWS_AT_ONCE = 50

interface SealedTable {
  readonly name: string
  readonly columns: readonly string[]
  /** The text behind `request_hash`, from an opened row; absent where the table has none. */
  readonly request?: (store: Store, row: Row) => string | undefined
}

const TABLES: readonly SealedTable[] = [
  {
    name: 'instances',
    columns: ['sealed_parameters', 'sealed_context'],
    request: (store, row) => provisionIdentity(store.instances.fromRow(row))
  },
  { name: 'resources', columns: ['sealed_seed', 'sealed_handle'] },
  {
    name: 'bindings',
    columns: ['sealed_request', 'sealed_parameters', 'sealed_seed', 'sealed_grant', 'sealed_answer'],
    request: (store, row) => opened(store, 'bindings', 'sealed_request', row)
  },
  {
    name: 'operations',
    columns: ['sealed_request'],
    request: (store, row) => {
      const request = opened(store, 'operations', 'sealed_request', row)
      return request === undefined ? undefined : (JSON.parse(request) as { identity?: string }).identity
    }
  }
]

export interface ResealOptions {
  /** Asked between transactions; false stops, and the next call goes on. Absent: to the end. */
  readonly mayGoOn?: () => boolean
  /** Written in the last transaction of this call. */
  readonly atEnd?: (session: Session, resealed: Resealed) => Promise<void>
}

export interface Resealed {
  /** Rows that were sealed with another key. */
  readonly changed: number
  /** Nothing is left that another key sealed: the other keys can be removed. */
  readonly complete: boolean
}

/** Seals everything anew with the first key of the ring, while the broker serves. May be interrupted and repeated. */
export async function reseal(store: Store, options: ResealOptions = {}): Promise<Resealed> {
  const progress = { changed: 0, complete: true }
  for (const table of TABLES) await resealTable(store, table, progress, options.mayGoOn ?? (() => true))
  await store.database.write(async (session) => {
    if (progress.complete) {
      await store.auditChain.keepKeys(session)
      await store.settings.set(session, 'canary', store.seal.seal(CANARY, 'canary'))
    }
    await options.atEnd?.(session, progress)
  })
  return progress
}

async function resealTable(
  store: Store,
  table: SealedTable,
  progress: { changed: number; complete: boolean },
  mayGoOn: () => boolean
): Promise<void> {
  let last = ''
  for (;;) {
    if (!mayGoOn()) progress.complete = false
    if (!progress.complete) return
    const rows = await store.database.read((session) =>
      session.read(`select * from ${table.name} where id > ? order by id limit ?`, [last, ROWS_AT_ONCE])
    )
    const final = rows.at(-1)
    if (!final) return
    last = text(final, 'id')
    const old = rows.filter((row) => !isCurrent(store, table, row)).map((row) => text(row, 'id'))
    if (old.length === 0) continue
    progress.changed += await store.database.write(async (session) => {
      for (const id of old) await resealRow(store, session, table, id)
      return old.length
    })
  }
}

function isCurrent(store: Store, table: SealedTable, row: Row): boolean {
  return [...table.columns, ...(table.request ? ['request_hash'] : [])].every((column) => {
    const value = row[column]
    return typeof value !== 'string' || store.seal.isCurrent(value)
  })
}

/** Read again under a lock: it may have been changed since it was found. */
async function resealRow(store: Store, session: Session, table: SealedTable, id: string): Promise<void> {
  const lock = session.dialect === 'postgres' ? ' for update' : ''
  const [row] = await session.read(`select * from ${table.name} where id = ?${lock}`, [id])
  if (!row) return
  const request = table.request?.(store, row)
  const values = table.columns.map((column) => {
    const plain = opened(store, table.name, column, row)
    return plain === undefined ? null : store.seal.seal({ table: table.name, column, row: id }, plain)
  })
  const hash = request === undefined ? [] : [store.seal.hash(request)]
  const assignments = [...table.columns, ...(hash.length > 0 ? ['request_hash'] : [])]
  session.queue(
    `update ${table.name} set ${assignments.map((column) => `${column} = ?`).join(', ')} where id = ?`,
    [...values, ...hash, id]
  )
}

function opened(store: Store, table: string, column: string, row: Row): string | undefined {
  const sealed = row[column]
  return typeof sealed === 'string'
    ? store.seal.open({ table, column, row: text(row, 'id') }, sealed)
    : undefined
}
