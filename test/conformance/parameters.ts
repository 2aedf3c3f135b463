import type { Access } from '../../src/contract/access.ts'
import type { Family } from '../../src/contract/family.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { isObject } from '../../src/contract/read.ts'
import type { Play } from './scenes.ts'
import { demandNothing, demandResources, demandSuccess, openStage, type Stage } from './stage.ts'

/** What was asked for at create must hold then: the owner looks, and an update to the same has nothing left to do. */
export const parametersAtCreate: Play = async (harness) => {
  const asked = await harness.stage?.('update')
  const parameters = { ...harness.order.parameters, ...unusual(harness.family), ...asked?.parameters }
  const stage = await openStage(harness, { parameters })
  const { engine, watch } = stage
  await demandSuccess(stage, 'the scene', async () => {
    await engine.create()
    const [made] = await demandResources(stage, 1, 'after create')
    await demandSeen(stage, parameters)
    if (engine.driver().update) {
      await engine.update(engine.book.order)
      const [updated] = await demandResources(stage, 1, 'after an update to the same')
      if (made !== updated)
        watch.problem(
          `create did not make all that was asked for: an update to the same ${Object.keys(parameters).join(', ')} changed the resource`
        )
    }
    await engine.remove()
    await demandNothing(stage, 'after destroy')
  })
  return watch.problems()
}

/** By family: a parameter, and what the owner sees of it. */
const LOOKS: Readonly<Record<string, (access: Access, call: Call) => Promise<JsonObject>>> = {
  'object-storage': async (access, call) =>
    access.kind === 'object-storage' ? { versioning: (await call.s3(access).versioning()) === 'on' } : {}
}

export function canLook(family: Family | undefined): boolean {
  return family !== undefined && LOOKS[family.name] !== undefined
}

async function demandSeen({ engine, harness, watch }: Stage, parameters: JsonObject): Promise<void> {
  const look = LOOKS[harness.family?.name ?? '']
  if (!look || !engine.driver().access) return
  const access = await engine.access()
  const seen = await engine.step('the look of the owner', (_, call) => look(access, call))
  for (const [name, value] of Object.entries(seen)) {
    if (value !== parameters[name])
      watch.problem(`create with ${name} ${JSON.stringify(parameters[name])} made ${JSON.stringify(value)}`)
  }
}

/** Of each parameter another value than the default, where its schema tells one. */
export function unusual(family: Family | undefined): JsonObject {
  const properties = family?.parameters['properties']
  const chosen: Record<string, Json> = {}
  for (const [name, schema] of Object.entries(isObject(properties) ? properties : {})) {
    const value = isObject(schema) ? unusualOf(schema) : undefined
    if (value !== undefined) chosen[name] = value
  }
  return chosen
}

function unusualOf(schema: JsonObject): Json | undefined {
  const usual = schema['default']
  const values = schema['enum']
  if (schema['type'] === 'boolean') return usual !== true
  if (Array.isArray(values)) return (values as readonly Json[]).find((value) => value !== usual)
  if (schema['type'] !== 'integer' || typeof usual !== 'number') return undefined
  const most = schema['maximum']
  return typeof most === 'number' && usual >= most ? undefined : usual + 1
}
