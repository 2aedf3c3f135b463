import type { JsonObject } from '../../src/contract/json.ts'

/** `driverPlan` of a catalog file. */
export interface PlanSize {
  /** False: a server to itself. */
  readonly shared: boolean
  /** What a server of its own may keep in memory; absent: what its operator set. */
  readonly memoryMb?: number
}

export const planSchema: JsonObject = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  additionalProperties: false,
  properties: {
    shared: {
      type: 'boolean',
      default: false,
      description: 'true: keys of one prefix on a shared server. The plan says isolation: shared then.'
    },
    memoryMb: {
      type: 'integer',
      minimum: 1,
      description: 'maxmemory of a server of its own. On a shared one: reported, not enforced.'
    }
  }
}

export function readPlan(plan: JsonObject): PlanSize {
  const { memoryMb } = plan
  return { shared: plan['shared'] === true, ...(typeof memoryMb === 'number' && { memoryMb }) }
}
