import type { JsonObject } from '../../src/contract/json.ts'

/** `driverPlan` of a catalog file. */
export interface Plan {
  /** Several instances may stand in one account whose key opens them all. */
  readonly sharedAccount: boolean
}

export const planSchema: JsonObject = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  additionalProperties: false,
  properties: {
    sharedAccount: {
      type: 'boolean',
      default: false,
      description:
        'Only where there are no keys per binding: every binding of every instance gets a key that opens all of them. The plan must say isolation: shared.'
    },
    storageGb: { type: 'number', minimum: 0, description: 'What the plan promises. Reported, not enforced.' }
  }
}

export function readPlan(plan: JsonObject): Plan {
  return { sharedAccount: plan['sharedAccount'] === true }
}
