import { MIGRATIONS } from './migrations/all.ts'

export interface OwnTable {
  readonly name: string
  /** Its rows can be read piece by piece in this order; absent: only all at once. */
  readonly key?: string
  /** The database counts it up. */
  readonly isCounted: boolean
}

/** What a process holds for a moment is nothing to keep. */
const PASSING = ['leases']

/** Every table that the migrations make, told by themselves, so that a new one is in every backup. */
export function ownTables(migrations: readonly (readonly string[])[] = MIGRATIONS): readonly OwnTable[] {
  return migrations
    .flat()
    .flatMap(tableOf)
    .filter(({ name }) => !PASSING.includes(name))
}

export const ALL_OWN = ['schema_versions', ...PASSING]

function tableOf(statement: string): OwnTable[] {
  const [, name, columns = ''] = /^\s*create table (\w+)\s*\(([^]*)\)\s*$/i.exec(statement) ?? []
  if (name === undefined) return []
  const counted = /^\s*(\w+) \{sequence\}/m.exec(columns)?.[1]
  const key = counted ?? /^\s*(\w+) \w+ primary key/im.exec(columns)?.[1]
  return [{ name, isCounted: counted !== undefined, ...(key === undefined ? {} : { key }) }]
}
