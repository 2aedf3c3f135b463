import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteText } from '../../../contract/sql.ts'
import { runInBatches } from './in-batches.ts'
import { naming } from './naming.ts'
import type { Progress } from './progress.ts'
import type { Lane } from './tasks.ts'

/** What one call of `lo_get` and `lo_put` moves, and what one transaction does. */
const PIECE_BYTES = 1024 * 1024
const BATCH_BYTES = 32 * PIECE_BYTES
const BATCH_PIECES = 1000

export interface LargeObject {
  readonly oid: number
  readonly bytes: number
}

/** Only a superuser may read where they are kept, so each is opened and measured. */
export async function largeObjects(source: PostgresqlSession): Promise<readonly LargeObject[]> {
  const rows = await source.query(
    `-- look at the large objects
     SELECT opened.oid, measured.bytes, CASE WHEN measured.bytes >= 0 THEN lo_close(opened.fd) END AS closed
     FROM (SELECT oid, lo_open(oid, 262144) AS fd FROM pg_largeobject_metadata ORDER BY oid OFFSET 0) AS opened,
          LATERAL (SELECT lo_lseek64(opened.fd, 0, 2) AS bytes OFFSET 0) AS measured`
  )
  return rows.map((row) => ({ oid: Number(row['oid']), bytes: Number(row['bytes']) }))
}

/**
 * They go through a temporary table at the target, from server to server: nobody but a superuser may write where they are kept. They have
 * the OIDs of the source, for rows name them by these.
 */
export async function copyLargeObjects(
  objects: readonly LargeObject[],
  lane: Lane,
  progress: Progress
): Promise<void> {
  if (objects.length === 0) return
  progress.at('large objects')
  const { target } = lane
  await target.query('CREATE TEMPORARY TABLE piece (oid oid, at int8, data bytea)')
  for (const batch of batchesOf(objects)) {
    await naming(
      'large objects',
      target.transaction(() => copyBatch(batch, lane, progress))
    )
    progress.done(batch.made.length)
  }
  await target.query('DROP TABLE pg_temp.piece')
}

interface Piece {
  readonly oid: number
  readonly at: number
}

interface Batch {
  /** Objects that begin in this batch. */
  readonly made: number[]
  readonly pieces: Piece[]
}

function* batchesOf(objects: readonly LargeObject[]): Generator<Batch> {
  let batch: Batch = { made: [], pieces: [] }
  let bytes = 0
  for (const object of objects) {
    batch.made.push(object.oid)
    for (let at = 0; at < object.bytes; at += PIECE_BYTES) {
      batch.pieces.push({ oid: object.oid, at })
      bytes += Math.min(PIECE_BYTES, object.bytes - at)
      if (bytes < BATCH_BYTES && batch.pieces.length < BATCH_PIECES) continue
      yield batch
      batch = { made: [], pieces: [] }
      bytes = 0
    }
  }
  yield batch
}

async function copyBatch(
  { made, pieces }: Batch,
  { source, target }: Lane,
  progress: Progress
): Promise<void> {
  await target.query(
    '-- make large objects\nSELECT count(lo_create(oid::oid)) FROM unnest($1::text[]) AS oid',
    [made.map(String)]
  )
  if (pieces.length === 0) return
  const list = pieces.map(({ oid, at }) => `(${oid}::oid, ${at}::int8)`).join(', ')
  await source.copyInto(
    target,
    {
      from: `-- read large objects\nCOPY (SELECT oid, at, lo_get(oid, at, ${PIECE_BYTES}) FROM (VALUES ${list}) AS piece (oid, at)) TO STDOUT (FORMAT binary)`,
      into: '-- write large objects\nCOPY pg_temp.piece FROM STDIN (FORMAT binary)'
    },
    (bytes) => progress.sent(bytes)
  )
  await target.query('-- put large objects\nSELECT lo_put(oid, at, data) FROM pg_temp.piece')
  await target.query('TRUNCATE pg_temp.piece')
}

export async function commentLargeObjects(
  source: PostgresqlSession,
  target: PostgresqlSession
): Promise<void> {
  const rows = await source.query(
    `-- look at comments of large objects
     SELECT objoid, description FROM pg_description WHERE classoid = 'pg_largeobject'::regclass AND objsubid = 0`
  )
  const statements = rows.map(
    ({ objoid, description }) =>
      `COMMENT ON LARGE OBJECT ${Number(objoid)} IS ${quoteText(String(description))}`
  )
  await runInBatches(target, 'comment on large objects', statements)
}
