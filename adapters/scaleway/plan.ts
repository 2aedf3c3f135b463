import type { JsonObject } from '../../src/contract/json.ts'
import { numberAt, textAt } from '../../src/contract/read.ts'

const FIVE_GB = 5

/** As Scaleway counts. */
export const GB = 1_000_000_000

export interface Plan {
  /** As Scaleway names it: `PostgreSQL-15`. */
  readonly engine: string
  readonly nodeType: string
  readonly volumeType: string
  readonly volumeSizeGb: number
  readonly highAvailability: boolean
  /** Connections one binding may hold. */
  readonly connectionLimit?: number
}

/** Who makes the logins of a plan's bindings, as a handle keeps it. */
export function loginsOf({ logins }: JsonObject): { readonly logins?: 'provider' } {
  return logins === 'provider' ? { logins } : {}
}

/** Only the family can set a limit, on the logins that it makes. */
const LIMITED_BY_PROVIDER: JsonObject = {
  description: 'connectionLimit with logins: provider, whose users have no limit',
  required: ['connectionLimit', 'logins'],
  properties: { logins: { enum: ['provider'] } }
}

/** `engine` is a regular expression. */
export function planSchemaFor(engine: string): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    not: LIMITED_BY_PROVIDER,
    required: ['engine', 'nodeType', 'volumeType', 'volumeSizeGb'],
    anyOf: [
      { properties: { volumeType: { enum: ['lssd'] }, volumeSizeGb: { enum: [0] } } },
      {
        properties: {
          volumeType: { enum: ['bssd', 'sbs_5k', 'sbs_15k'] },
          volumeSizeGb: { minimum: FIVE_GB }
        }
      }
    ],
    properties: {
      engine: { type: 'string', pattern: engine },
      nodeType: { type: 'string', pattern: '^[A-Za-z0-9-]+$', description: 'A name of GET /node-types.' },
      volumeType: { enum: ['lssd', 'bssd', 'sbs_5k', 'sbs_15k'] },
      volumeSizeGb: {
        type: 'integer',
        minimum: 0,
        multipleOf: FIVE_GB,
        description: 'In GB of 1,000,000,000 bytes; 0 with lssd, whose size belongs to the node type.'
      },
      highAvailability: { type: 'boolean', default: false },
      connectionLimit: { type: 'integer', minimum: 1, description: 'Connections one binding may hold.' },
      logins: {
        enum: ['sql', 'provider'],
        default: 'sql',
        description: "Who makes the bindings' logins: the family by SQL, or Scaleway's API."
      }
    }
  }
}

/** `checked` has passed `planSchemaFor` its engine. */
export function readPlan(checked: JsonObject): Plan {
  const { connectionLimit } = checked
  return {
    engine: textAt(checked, 'engine'),
    nodeType: textAt(checked, 'nodeType').toLowerCase(),
    volumeType: textAt(checked, 'volumeType'),
    volumeSizeGb: numberAt(checked, 'volumeSizeGb'),
    highAvailability: checked['highAvailability'] === true,
    ...(typeof connectionLimit === 'number' ? { connectionLimit } : {})
  }
}

export function volumeBytes(plan: Plan): number {
  return plan.volumeType === 'lssd' ? 0 : plan.volumeSizeGb * GB
}
