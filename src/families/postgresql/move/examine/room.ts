import type { MoveFinding } from '../../../../contract/move.ts'
import { textAt } from '../../../../contract/read.ts'
import { finding, type Group, type Look } from './look.ts'

/** For structure, lists and passwords; large objects come on top. */
const WORK_BYTES = 64 * 1024 * 1024

/** The broker's own sessions of one switch on one server. */
const CONNECTIONS = 10

/** What the move needs besides the two databases. */
export const room: Group = async (look) => [
  ...(await space(look)),
  ...(await workDisk(look)),
  ...connections(look),
  ...(await locks(look))
]

async function space({ inside }: Look): Promise<readonly MoveFinding[]> {
  const [row] = await inside.query(
    '-- look at the size\nSELECT pg_size_pretty(pg_database_size(current_database())) AS size'
  )
  const text = `The source has ${textAt(row ?? {}, 'size')}. No statement tells how much the target has room for.`
  return [finding('space-unknown', 'warning', 'target', text, 'a plan whose storage is larger than that')]
}

async function workDisk({ inside, call }: Look): Promise<readonly MoveFinding[]> {
  const [row] = await inside.query(
    `-- look at large objects\nSELECT pg_total_relation_size('pg_largeobject')::int8 AS bytes`
  )
  const needed = Number(row?.['bytes'] ?? 0) + WORK_BYTES
  const free = await call.workspace((workspace) => workspace.freeBytes())
  if (free >= needed) return []
  const mb = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MB`
  const text = `The copy needs ${mb(needed)} there for a while, and ${mb(free)} are free.`
  return [finding('work-disk-full', 'blocking', 'work disk', text)]
}

function connections({ source, target }: Look): readonly MoveFinding[] {
  const sides = [
    ['source', source.freeConnections],
    ['target', target?.facts.freeConnections ?? CONNECTIONS]
  ] as const
  return sides
    .filter(([, free]) => free < CONNECTIONS)
    .map(([side, free]) =>
      finding(
        'connection-limit',
        'warning',
        side,
        `Its server has room for ${Math.max(free, 0)} more connections, and a switch may want ${CONNECTIONS}.`
      )
    )
}

/** Every table is locked at once, and read by several sessions besides. */
async function locks({ inside }: Look): Promise<readonly MoveFinding[]> {
  const [row] = await inside.query(
    `-- count tables and locks
     SELECT (SELECT count(*)::int4 FROM pg_class WHERE relkind IN ('r', 'p', 'i', 'I') AND oid >= 16384) AS relations,
            current_setting('max_locks_per_transaction')::int4
              * (current_setting('max_connections')::int4 + current_setting('max_prepared_transactions')::int4) AS locks`
  )
  const [relations, most] = [Number(row?.['relations']), Number(row?.['locks'])]
  if (relations * 2 < most) return []
  const text = `It has ${relations} tables and indexes, and its server can hold about ${most} locks: the freeze may fail.`
  return [finding('many-tables', 'warning', 'source', text, 'a higher max_locks_per_transaction')]
}
