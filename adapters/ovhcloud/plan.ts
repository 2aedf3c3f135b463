import type { JsonObject } from '../../src/contract/json.ts'
import { numberAt, objectAt, textAt } from '../../src/contract/read.ts'

export interface Plan {
  /** As OVHcloud names it: `essential`. */
  readonly plan: string
  /** `16`. */
  readonly version: string
  /** `db1-4`. */
  readonly flavor: string
  readonly nodes: number
  /** Absent: the flavor's own. */
  readonly diskGb?: number
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

/** `version`: a pattern of how the engine's versions are written. */
export function planSchemaOf(version: string): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    not: LIMITED_BY_PROVIDER,
    required: ['plan', 'version', 'flavor', 'nodes'],
    properties: {
      plan: { type: 'string', pattern: '^[a-z0-9-]+$', description: 'A plan of GET /database/availability.' },
      version: { type: 'string', pattern: version },
      flavor: {
        type: 'string',
        pattern: '^[a-z0-9-]+$',
        description: 'A flavor of GET /database/availability.'
      },
      nodes: { type: 'integer', minimum: 1, description: 'As many as the plan has; only at creation.' },
      diskGb: {
        type: 'integer',
        minimum: 1,
        description: 'Where the offer has a range; absent: its smallest.'
      },
      connectionLimit: { type: 'integer', minimum: 1, description: 'Connections one binding may hold.' },
      privateNetwork: {
        type: 'boolean',
        default: false,
        description:
          "In the region's private network (the setting privateNetworks), without a public address."
      },
      logins: {
        enum: ['sql', 'provider'],
        default: 'sql',
        description: "Who makes the bindings' logins: the family by SQL, or OVHcloud's API."
      }
    }
  }
}

/** A service without a disk of its own, without a limit of connections, and with one way to make logins. */
export function memoryPlanSchemaOf(version: string): JsonObject {
  const { not: _not, ...whole } = planSchemaOf(version)
  const {
    diskGb: _disk,
    connectionLimit: _limit,
    logins: _logins,
    ...properties
  } = objectAt(whole, 'properties')
  return { ...whole, properties }
}

/** `checked` has passed `planSchema`. */
export function readPlan(checked: JsonObject): Plan {
  const { diskGb, connectionLimit } = checked
  return {
    plan: textAt(checked, 'plan'),
    version: textAt(checked, 'version'),
    flavor: textAt(checked, 'flavor'),
    nodes: numberAt(checked, 'nodes'),
    ...(typeof diskGb === 'number' ? { diskGb } : {}),
    ...(typeof connectionLimit === 'number' ? { connectionLimit } : {})
  }
}
