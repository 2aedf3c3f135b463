import type { MysqlAccess, PostgresqlAccess } from '../../src/contract/access.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { planSchemaFor } from './plan.ts'

/** An instance's own login, and where it gets in. */
export type Entry = Omit<MysqlAccess, 'kind'>

/** What is not the same with every engine of Managed Database. */
export interface Engine {
  readonly planSchema: JsonObject
  /** Whether an instance's engine (`PostgreSQL-15`) is one of these. */
  readonly isMine: (engine: string) => boolean
  readonly accessOf: (entry: Entry) => PostgresqlAccess | MysqlAccess
}

export function engineNamed(prefix: string, version: string, accessOf: Engine['accessOf']): Engine {
  return {
    planSchema: planSchemaFor(`^${prefix}-${version}$`),
    isMine: (engine) => engine.startsWith(`${prefix}-`),
    accessOf
  }
}
