import type { JsonObject } from '../contract/json.ts'
import { field, time } from './answer.ts'
import { coloured } from './output.ts'
import type { Column } from './table.ts'

const of =
  (name: string) =>
  (row: JsonObject): string =>
    field(row, name)

export const OPERATION_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'ID', of: of('id') },
  { title: 'KIND', of: of('kind') },
  { title: 'STATE', of: of('state') },
  { title: 'PLATFORM', of: of('platform') },
  { title: 'PROVIDER', of: of('provider') },
  { title: 'CREATED (UTC)', of: (row) => time(row, 'createdAt') },
  { title: 'FAILURES', of: of('failures') },
  { title: 'DESCRIPTION', of: of('description') }
]

export const INSTANCE_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'ID', of: of('id') },
  { title: 'PLATFORM', of: of('platform') },
  { title: 'ITS ID THERE', of: of('osbId') },
  { title: 'STATE', of: of('state') },
  { title: 'PLAN', of: of('plan') },
  { title: 'PROVIDER', of: of('provider') },
  { title: 'REGION', of: of('region') },
  { title: 'CREATED (UTC)', of: (row) => time(row, 'createdAt') }
]

export const RESOURCE_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'PROVIDER', of: of('provider') },
  { title: 'SERVICE', of: of('family') },
  { title: 'REGION', of: of('region') },
  { title: 'NAME THERE', of: of('name') },
  { title: 'STATE', of: of('state') },
  { title: 'KEPT UNTIL (UTC)', of: (row) => time(row, 'retrievalUntil') }
]

export const BINDING_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'ID', of: of('id') },
  { title: 'ITS ID THERE', of: of('osbId') },
  { title: 'STATE', of: of('state') },
  { title: 'LOGIN', of: of('login') },
  { title: 'CREATED (UTC)', of: (row) => time(row, 'createdAt') },
  { title: 'EXPIRES (UTC)', of: (row) => time(row, 'expiresAt') }
]

export const AUDIT_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'AT (UTC)', of: (row) => time(row, 'at') },
  { title: 'ACTOR', of: of('actor') },
  { title: 'PLATFORM', of: of('platform') },
  { title: 'ACTION', of: of('action') },
  { title: 'SUBJECT', of: of('subject') },
  { title: 'DETAIL', of: of('detail') }
]

export const ORPHAN_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'PROVIDER', of: of('provider') },
  { title: 'SERVICE', of: of('family') },
  { title: 'REGION', of: of('region') },
  { title: 'NAME THERE', of: of('name') },
  { title: 'RESOURCE OF ITS MARK', of: of('resource') },
  { title: 'GENERATION', of: of('generation') },
  { title: 'FIRST SEEN (UTC)', of: (row) => time(row, 'firstSeen') }
]

export const DRIFT_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'PROVIDER', of: of('provider') },
  { title: 'SERVICE', of: of('family') },
  { title: 'NAME THERE', of: of('name') },
  { title: 'STATE', of: of('state') },
  { title: 'PLATFORM', of: of('platform') },
  { title: 'INSTANCE THERE', of: of('osbInstance') },
  { title: 'GENERATION', of: of('generation') },
  { title: 'FOUND', of: of('found') },
  { title: 'FIRST SEEN (UTC)', of: (row) => time(row, 'firstSeen') },
  { title: 'WHAT IT SAYS', of: of('text') }
]

export const UNLISTED_COLUMNS: readonly Column<JsonObject>[] = [
  { title: 'PROVIDER', of: of('provider') },
  { title: 'SERVICE', of: of('family') },
  { title: 'WHY', of: of('text') }
]

const LEVEL_COLOURS = { ok: 'green', warning: 'yellow', refused: 'red' } as const

export function colouredLevel(level: keyof typeof LEVEL_COLOURS): string {
  return coloured(LEVEL_COLOURS[level], level.padEnd(7))
}
