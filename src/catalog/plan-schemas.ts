import type { Family } from '../contract/family.ts'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import type { Plan } from '../domain/offer.ts'
import { type BindChoices, cutToChoices } from './bind-choices.ts'
import { propertiesOf } from './properties-of.ts'

export const DRAFT_04 = 'http://json-schema.org/draft-04/schema#'

/** Names the core adds to what a family lets a developer set. */
export const RESERVED_PARAMETERS = ['region', 'switch'] as const

export interface PlanSchemas {
  readonly createSchema: JsonObject
  readonly updateSchema: JsonObject
  readonly bindSchema: JsonObject
}

/** The parameter schemas of one plan, as a platform sees them and as requests are checked against. */
export function planSchemas(
  family: Family,
  regions: readonly string[],
  defaultRegion: string,
  choices: BindChoices = {}
): PlanSchemas {
  return {
    createSchema: closed(family.parameters, { region: regionSchema(regions, defaultRegion) }),
    updateSchema: closed(changesOnly(family.parameters), { region: regionSchema(regions), switch: SWITCH }),
    bindSchema: closed(cutToChoices(family.bindParameters, choices), {})
  }
}

/** The plan with fewer regions; the default stays when it is among them. `regions` must not be empty. */
export function withRegions(plan: Plan, regions: readonly string[]): Plan {
  if (regions.length === plan.regions.length) return plan
  const kept = regions.includes(plan.defaultRegion) ? plan.defaultRegion : regions[0]
  const defaultRegion = kept ?? plan.defaultRegion
  return {
    ...plan,
    regions,
    defaultRegion,
    createSchema: closed(plan.createSchema, { region: regionSchema(regions, defaultRegion) }),
    updateSchema: closed(plan.updateSchema, { region: regionSchema(regions) })
  }
}

/** How a move to another provider or region is to go; a directive, never part of what an instance is. */
const SWITCH: JsonObject = {
  title: 'Switch',
  description: 'How to move to another provider or region.',
  type: 'object',
  additionalProperties: false,
  properties: {
    cutover: {
      title: 'Cut-over',
      description: 'auto: as soon as everything is copied and verified; manual: when told to go.',
      type: 'string',
      enum: ['auto', 'manual'],
      default: 'auto'
    },
    within: {
      title: 'Within',
      description:
        'Give up and stay when it has not ended by then: an ISO 8601 duration such as PT24H, P2D or PT90M.',
      type: 'string',
      maxLength: 16,
      pattern: '^P([0-9]{1,3}D(T[0-9]{1,4}H)?|T[0-9]{1,4}H([0-9]{1,4}M)?|T[0-9]{1,6}[MS])$'
    },
    accept: {
      title: 'Accept',
      description: 'Ids of findings of the pre-check that are accepted.',
      type: 'array',
      maxItems: 100,
      items: { type: 'string', minLength: 1, maxLength: 100 }
    }
  }
}

function regionSchema(regions: readonly string[], defaultRegion?: string): JsonObject {
  return {
    title: 'Region',
    description: 'Where the service runs.',
    type: 'string',
    enum: regions,
    ...(defaultRegion !== undefined && { default: defaultRegion })
  }
}

function closed(schema: JsonObject, added: JsonObject): JsonObject {
  const { $schema: _, ...rest } = schema
  return {
    $schema: DRAFT_04,
    ...rest,
    type: 'object',
    properties: { ...propertiesOf(schema), ...added },
    additionalProperties: false
  }
}

/** An update changes what it names and nothing else: nothing is required, and no default is filled into a form. */
function changesOnly(schema: JsonObject): JsonObject {
  const { required: _, ...rest } = schema
  const properties = Object.entries(propertiesOf(schema)).map(([name, property]): [string, Json] => {
    if (!isObject(property)) return [name, property]
    const { default: _default, ...others } = property
    return [name, others]
  })
  return { ...rest, properties: Object.fromEntries(properties) }
}
