import type { JsonObject } from '../../src/contract/json.ts'

/** Methods that can be told to fail. */
const FAILING = ['create', 'update', 'destroy', 'bind'] as const

/** What `driverPlan` of a catalog file may say. With `{}` every method ends in one look, so the plan may be `synchronous`. */
export const planSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    steps: { type: 'integer', minimum: 0, maximum: 100, description: 'Further steps of create and update.' },
    delaySeconds: {
      type: 'number',
      minimum: 0,
      description: 'How long create and update take, by the time of the calls.'
    },
    destroySteps: { type: 'integer', minimum: 0, maximum: 100, description: 'Further steps of destroy.' },
    bindSteps: {
      type: 'integer',
      minimum: 0,
      maximum: 100,
      description: 'Grants before the one that works.'
    },
    capacity: { type: 'integer', minimum: 0, description: 'Boxes at this provider; one more is over quota.' },
    fails: {
      enum: [...FAILING],
      description: 'create: the box is broken; any other method: denied, for ever.'
    }
  }
}
