import type { Json, JsonObject } from '../../../src/contract/json.ts'
import { isJsonObject } from '../../../test/support/fake/serve.ts'
import {
  DISK_STEP_GB,
  ENGINES,
  type Engine,
  type FakeNetwork,
  FLAVORS,
  NETWORKS,
  PLANS,
  REGIONS
} from './offers.ts'
import { badRequest, conflict, invalidParameter, noOffer, notFound } from './problems.ts'
import type { Rule, Wanted } from './resources.ts'

const NEW: readonly string[] = [
  'description',
  'plan',
  'version',
  'nodesPattern',
  'disk',
  'ipRestrictions',
  'networkId',
  'subnetId',
  'backups',
  'maintenanceTime'
]
const CHANGES: readonly string[] = [
  'description',
  'plan',
  'flavor',
  'version',
  'disk',
  'ipRestrictions',
  'deletionProtection'
]

export function checkNew(engine: Engine, body: JsonObject, soldOut: readonly string[]): Wanted {
  refuseUnknown(body, NEW)
  for (const key of ['description', 'plan', 'version', 'nodesPattern', 'ipRestrictions']) {
    if (body[key] === undefined || body[key] === null) throw invalidParameter(`Missing parameter(s): ${key}`)
  }
  const pattern = objectAt(body, 'nodesPattern')
  refuseUnknown(pattern, ['flavor', 'number', 'region'])
  const plan = knownAt(body, 'plan', Object.keys(PLANS), 'PlanNotFound')
  const version = knownAt(body, 'version', ENGINES[engine].versions, 'VersionNotFound')
  const flavor = knownAt(pattern, 'flavor', Object.keys(FLAVORS), 'FlavorNameNotFound')
  const region = knownAt(pattern, 'region', REGIONS, 'RegionNotFound')
  const nodes = pattern['number']
  if (typeof nodes !== 'number') throw invalidParameter('Missing parameter(s): nodesPattern.number')
  if (nodes < (PLANS[plan] ?? 1)) throw badRequest('NotEnoughNodes', 'Not enough nodes')
  if (nodes > (PLANS[plan] ?? 1)) throw badRequest('TooManyNodes', 'Too many nodes')
  if (soldOut.includes(flavor)) throw noOffer()
  const diskGb = body['disk'] === undefined ? smallest(flavor) : checkDisk(objectAt(body, 'disk'), flavor)
  const description = textAt(body, 'description')
  return {
    engine,
    description,
    plan,
    version,
    flavor,
    nodes,
    region,
    diskGb,
    rules: checkRules(body['ipRestrictions']),
    network: checkNetwork(body, region)
  }
}

/** Both or neither, and of the region. */
function checkNetwork({ networkId, subnetId }: JsonObject, region: string): FakeNetwork | undefined {
  if (networkId === undefined && subnetId === undefined) return undefined
  if (networkId === undefined || subnetId === undefined) {
    throw invalidParameter(`Missing parameter(s): ${networkId === undefined ? 'networkId' : 'subnetId'}`)
  }
  const found = NETWORKS[region]
  if (found?.networkId !== networkId || found?.subnetId !== subnetId) {
    throw invalidParameter('Given network or subnet does not exist in this region')
  }
  return found
}

export function checkChange(body: JsonObject): string {
  refuseUnknown(body, CHANGES)
  const [key, ...others] = Object.keys(body)
  if (key === undefined) throw invalidParameter('Missing parameters')
  if (others.length > 0) {
    throw conflict('ServiceOnlyOneModification', 'Only one modification at a time')
  }
  return key
}

export function smallest(flavor: string): number {
  return FLAVORS[flavor]?.[0] ?? 0
}

export function checkDisk(disk: JsonObject, flavor: string): number {
  refuseUnknown(disk, ['size'])
  const size = disk['size']
  if (typeof size !== 'number') throw invalidParameter('Given data (disk.size) is not a long')
  const [minimum, maximum] = FLAVORS[flavor] ?? [0, 0]
  if (size < minimum) throw badRequest('FlavorDiskSizeTooLow', 'Disk size too low for the flavor')
  if (size > maximum || (size - minimum) % DISK_STEP_GB !== 0) throw noOffer()
  return size
}

export function checkRules(value: Json | undefined): Rule[] {
  if (!Array.isArray(value)) throw invalidParameter('Given data (ipRestrictions) is not an array')
  return (value as readonly Json[]).map((rule) => {
    if (!isJsonObject(rule)) throw invalidParameter('Given data (ipRestrictions) is not valid')
    refuseUnknown(rule, ['ip', 'description'])
    const ip = textAt(rule, 'ip')
    if (!/^[0-9a-fA-F.:]+\/\d{1,3}$/.test(ip)) throw invalidParameter(`Given data (${ip}) is not an ipBlock`)
    return { ip, description: typeof rule['description'] === 'string' ? rule['description'] : '' }
  })
}

export function knownAt(body: JsonObject, key: string, known: readonly string[], missing: string): string {
  const value = textAt(body, key)
  if (!known.includes(value)) throw notFound(missing)
  return value
}

export function textAt(body: JsonObject, key: string): string {
  const value = body[key]
  if (typeof value !== 'string') throw invalidParameter(`Given data (${key}) is not a string`)
  return value
}

export function objectAt(body: JsonObject, key: string): JsonObject {
  const value = body[key]
  if (!isJsonObject(value)) throw invalidParameter(`Given data (${key}) is not an object`)
  return value
}

export function refuseUnknown(body: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(body).filter((key) => !known.includes(key))
  if (unknown.length > 0) {
    throw invalidParameter(`Received not described parameters: (${unknown.join(', ')})`)
  }
}
