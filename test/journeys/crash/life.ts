import type { JsonObject } from '../../../src/contract/json.ts'
import type { Seeded } from '../../support/seeded.ts'
import { type Kind, type KnownInstance, type Model, SERVICE, WARES, type Ware } from './model.ts'
import type { Outcome, Platform } from './platform.ts'

const MOST_BINDINGS = 3
/** Of the instances that were made stay to the end. */
const STAYS = 0.3
const LONGEST_LIFE = 7

/** Orders instances and lives with them, one after the other, until the operations are used up. */
export async function live(model: Model, platform: Platform, random: Seeded): Promise<void> {
  while (model.left > 0) await oneLife({ model, platform, random })
}

interface Scene {
  readonly model: Model
  readonly platform: Platform
  readonly random: Seeded
}

async function oneLife(scene: Scene): Promise<void> {
  const { model, random } = scene
  const ware = random.pick(WARES)
  const id = random.uuid()
  if (random.chance(0.2)) return deleteWhileCreating(scene, id, ware)
  const instance = await provision(scene, id, ware)
  if (instance === undefined) return
  for (let turn = random.below(LONGEST_LIFE); turn > 0 && model.left > 0; turn--)
    await oneTurn(scene, instance)
  if (random.chance(STAYS)) return
  for (const binding of instance.bindings.keys()) await unbind(scene, instance, binding)
  await deprovision(scene, instance)
}

async function oneTurn(scene: Scene, instance: KnownInstance): Promise<void> {
  const { random } = scene
  const bindings = [...instance.bindings.keys()]
  const choices = [
    () => update(scene, instance),
    ...(bindings.length < MOST_BINDINGS ? [() => bind(scene, instance), () => bind(scene, instance)] : []),
    () => unbindWhileBinding(scene, instance),
    ...(bindings.length > 0
      ? [
          () => unbind(scene, instance, random.pick(bindings)),
          () => rotate(scene, instance, random.pick(bindings))
        ]
      : [])
  ]
  await random.pick(choices)()
}

async function provision(
  { model, platform }: Scene,
  id: string,
  ware: Ware
): Promise<KnownInstance | undefined> {
  begin(model, 'provision')
  const outcome = await platform.put(path(id), provisionBody(ware))
  if (outcome.end === 'done') {
    const instance = { id, ware, plan: ware.small, bindings: new Map() }
    model.living.set(id, instance)
    return instance
  }
  surprise(model, outcome)
  await platform.delete(path(id), ids(ware.small))
  model.gone.add(id)
  return undefined
}

/** The answer never mattered: the platform gave up, and sends a DELETE while the create may still run. */
async function deleteWhileCreating(
  { model, platform, random }: Scene,
  id: string,
  ware: Ware
): Promise<void> {
  begin(model, 'delete while creating')
  const asked = platform.fire('PUT', path(id), provisionBody(ware))
  await pause(random.below(700))
  const first = await platform.delete(path(id), ids(ware.small))
  if (first.end !== 'done') surprise(model, first)
  await asked
  // The PUT may have been on its way longer than the DELETE.
  const last = await platform.delete(path(id), ids(ware.small))
  if (last.end !== 'done') surprise(model, last)
  model.gone.add(id)
}

async function update({ model, platform, random }: Scene, instance: KnownInstance): Promise<void> {
  const { small, large, provider } = instance.ware
  // Scaleway's machines only grow.
  const wanted = provider === 'scaleway' || random.chance(0.7) ? large : small
  begin(model, 'update')
  const outcome = await platform.patch(path(instance.id), { service_id: SERVICE, plan_id: wanted })
  if (outcome.end === 'done') instance.plan = wanted
  else surprise(model, outcome)
}

async function bind(scene: Scene, instance: KnownInstance): Promise<void> {
  const { random } = scene
  begin(scene.model, 'bind')
  const access = random.chance(0.3) ? 'read-only' : 'read-write'
  await bound(scene, instance, random.uuid(), { ...bindIds(instance), parameters: { access } })
}

async function rotate(scene: Scene, instance: KnownInstance, predecessor: string): Promise<void> {
  begin(scene.model, 'rotate')
  await bound(scene, instance, scene.random.uuid(), { predecessor_binding_id: predecessor })
}

async function bound(
  { model, platform }: Scene,
  instance: KnownInstance,
  id: string,
  body: JsonObject
): Promise<void> {
  const at = bindingPath(instance, id)
  const outcome = await platform.put(at, body)
  if (outcome.end !== 'done') {
    surprise(model, outcome)
    await platform.delete(at, ids(instance.plan))
    return
  }
  const fetched =
    outcome.body['credentials'] === undefined
      ? await platform.get(at)
      : { body: outcome.body, status: 200, text: '' }
  const { credentials } = fetched.body
  if (typeof credentials === 'object' && credentials !== null)
    instance.bindings.set(id, credentials as JsonObject)
  else model.surprises.push(`GET ${at} after its bind: ${fetched.status} ${fetched.text}`)
}

async function unbindWhileBinding(
  { model, platform, random }: Scene,
  instance: KnownInstance
): Promise<void> {
  begin(model, 'unbind while binding')
  const at = bindingPath(instance, random.uuid())
  const asked = platform.fire('PUT', at, bindIds(instance))
  await pause(random.below(300))
  await platform.delete(at, ids(instance.plan))
  await asked
  const last = await platform.delete(at, ids(instance.plan))
  if (last.end !== 'done') surprise(model, last)
}

async function unbind({ model, platform }: Scene, instance: KnownInstance, id: string): Promise<void> {
  begin(model, 'unbind')
  const outcome = await platform.delete(bindingPath(instance, id), ids(instance.plan))
  if (outcome.end !== 'done') return surprise(model, outcome)
  const credentials = instance.bindings.get(id)
  if (credentials !== undefined) model.unbound.push(credentials)
  instance.bindings.delete(id)
}

async function deprovision({ model, platform }: Scene, instance: KnownInstance): Promise<void> {
  begin(model, 'deprovision')
  const outcome = await platform.delete(path(instance.id), ids(instance.plan))
  if (outcome.end !== 'done') return surprise(model, outcome)
  model.living.delete(instance.id)
  model.gone.add(instance.id)
}

function begin(model: Model, kind: Kind): void {
  model.counts[kind] += 1
  model.left -= 1
}

function surprise(model: Model, outcome: Outcome): void {
  if (outcome.end !== 'done') model.surprises.push(`${outcome.end}: ${outcome.why}`)
}

function provisionBody(ware: Ware): JsonObject {
  return {
    service_id: SERVICE,
    plan_id: ware.small,
    organization_guid: 'crash-org',
    space_guid: 'crash-space'
  }
}

function bindIds(instance: KnownInstance): JsonObject {
  return { service_id: SERVICE, plan_id: instance.plan }
}

function ids(plan: string): string {
  return `service_id=${SERVICE}&plan_id=${plan}`
}

export function path(id: string): string {
  return `/v2/service_instances/${id}`
}

function bindingPath(instance: KnownInstance, id: string): string {
  return `${path(instance.id)}/service_bindings/${id}`
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
