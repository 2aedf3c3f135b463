import type { Driver } from '../contract/adapter.ts'
import type { Family } from '../contract/family.ts'
import type { JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { propertiesOf } from './properties-of.ts'

/** The values that a plan takes of the family's binding parameters, by parameter. */
export type BindChoices = ReturnType<NonNullable<Driver['bindChoices']>>

/** What a family lets a developer set at bind, cut to what the plan takes. */
export function cutToChoices(bindParameters: JsonObject, choices: BindChoices): JsonObject {
  const properties = propertiesOf(bindParameters)
  const cut = Object.entries(choices).map(([name, values]): [string, JsonObject] => {
    const property = properties[name]
    return [name, cutProperty(isObject(property) ? property : {}, values)]
  })
  return { ...bindParameters, properties: { ...properties, ...Object.fromEntries(cut) } }
}

function cutProperty(property: JsonObject, values: readonly string[]): JsonObject {
  const told = property['description']
  const taken = `This plan takes ${values.join(' and ')} only.`
  return {
    ...property,
    description: typeof told === 'string' ? `${told} ${taken}` : taken,
    enum: values
  }
}

/** What is wrong with the choices of a driver: a plan takes some of the family's values, and what is meant when nothing is asked for. */
export function choiceFaults({ bindParameters }: Family, choices: BindChoices): readonly string[] {
  return Object.entries(choices).flatMap(([name, values]) => {
    const property = propertiesOf(bindParameters)[name]
    const known = isObject(property) ? property['enum'] : undefined
    if (!isObject(property) || !Array.isArray(known)) {
      return [
        `the driver chooses among values of the binding parameter ${name}, which the family does not list`
      ]
    }
    const others = values.filter((value) => !known.includes(value))
    if (others.length > 0) return [`the driver takes a value of ${name} that the family does not have`]
    const meant = property['default']
    if (values.length > 0 && (meant === undefined || values.some((value) => value === meant))) return []
    return [`the driver does not take the default of the binding parameter ${name}`]
  })
}
