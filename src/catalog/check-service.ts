import type { Family } from '../contract/family.ts'
import { isObject } from '../contract/read.ts'
import type { Registry } from '../registry/registry.ts'
import type { ServiceFile, Source } from './files.ts'
import { RESERVED_PARAMETERS } from './plan-schemas.ts'
import type { Problem } from './problem.ts'
import { schemaFaults } from './schema-faults.ts'

const MOST_TAG_CHARACTERS = 2048

export function checkService(source: Source<ServiceFile>, registry: Registry): readonly Problem[] {
  const { file, name, content } = source
  const problem = (path: readonly string[], text: string): Problem => ({
    file,
    line: source.lineOf(path),
    text
  })
  const problems: Problem[] = []
  if (content.name !== name) problems.push(problem(['name'], `name must be the file's, ${name}`))
  const family = registry.family(content.family)
  if (!family) problems.push(problem(['family'], `family ${content.family} is not known`))
  else problems.push(...familyFaults(family).map((fault) => problem(['family'], fault)))
  if ((content.tags ?? []).join('').length > MOST_TAG_CHARACTERS) {
    problems.push(problem(['tags'], `tags have more than ${MOST_TAG_CHARACTERS} characters together`))
  }
  return problems
}

function familyFaults(family: Family): readonly string[] {
  const own = isObject(family.parameters['properties']) ? Object.keys(family.parameters['properties']) : []
  const taken = RESERVED_PARAMETERS.filter((name) => own.includes(name))
  return [
    ...schemaFaults(family.parameters).map((fault) => `parameter schema of family ${family.name} ${fault}`),
    ...schemaFaults(family.bindParameters).map(
      (fault) => `bind parameter schema of family ${family.name} ${fault}`
    ),
    ...taken.map((name) => `family ${family.name} has a parameter ${name}, a name that the core adds`)
  ]
}
