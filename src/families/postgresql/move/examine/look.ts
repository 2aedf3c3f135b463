import type { PostgresqlAccess } from '../../../../contract/access.ts'
import type { MoveFinding, MoveFindingLevel, MoveSide } from '../../../../contract/move.ts'
import type { MoveCall, PostgresqlSession } from '../../../../contract/ports.ts'
import type { ServerFacts } from './server-facts.ts'

/** What a group of findings looks with. Root only reads catalogs, by fixed statements. */
export interface Look {
  readonly from: MoveSide<PostgresqlAccess>
  /** The source's server, in its maintenance database. */
  readonly outside: PostgresqlSession
  /** Inside the tenant's database. */
  readonly inside: PostgresqlSession
  readonly source: ServerFacts
  readonly target: TargetLook | undefined
  readonly call: MoveCall
}

/** The target's server, in its maintenance database. */
export interface TargetLook {
  readonly outside: PostgresqlSession
  readonly facts: ServerFacts
}

/** One group of findings. */
export type Group = (look: Look) => Promise<readonly MoveFinding[]>

export function finding(
  id: string,
  level: MoveFindingLevel,
  subject: string,
  text: string,
  remedy?: string
): MoveFinding {
  return { id, level, subject, text, ...(remedy !== undefined && { remedy }) }
}

/** In SQL: an object that is made by itself, not with an extension or as a part of something else. */
export function standsAlone(classOid: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = ${classOid} AND e.objid = ${oid} AND e.deptype IN ('e', 'i'))`
}

/** In SQL: a schema `n` that is not the server's. */
export const OWN_SCHEMAS = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`
