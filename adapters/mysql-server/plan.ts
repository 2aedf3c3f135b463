import type { JsonObject } from '../../src/contract/json.ts'
import { numberAt } from '../../src/contract/read.ts'

/** `driverPlan` of a catalog file. */
export interface PlanSize {
  /** What is kept free for the database when its server is chosen. A server has no limit per database, so it is the plan's promise. */
  readonly connections: number
  /** Connections of one binding, which the server holds to; absent: as many as the database has. */
  readonly bindingConnections?: number
}

export const planSchema: JsonObject = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  additionalProperties: false,
  required: ['connections'],
  properties: {
    connections: { type: 'integer', minimum: 1, description: 'Connections kept free for the database.' },
    bindingConnections: { type: 'integer', minimum: 1, description: 'Connections of one binding.' },
    storageGb: { type: 'number', minimum: 0, description: 'What the plan promises. Reported, not enforced.' }
  }
}

export function readPlan(plan: JsonObject): PlanSize {
  const connections = numberAt(plan, 'connections')
  const { bindingConnections } = plan
  return typeof bindingConnections === 'number' ? { connections, bindingConnections } : { connections }
}
