import type { Finding, OfferedPlan } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { textAt } from '../../src/contract/read.ts'
import type { Client } from './client.ts'
import { zoneOf } from './clusters.ts'
import { remedyOf } from './errors.ts'
import type { NodeType } from './types.ts'

/** Each zone in which a plan of Redis is offered: whether the key may work there, and whether Scaleway sells what the plans say. */
export async function inspectRedis(
  client: Client,
  offered: readonly OfferedPlan[],
  call: Call
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const [zone, plans] of plansByZone(offered)) {
    findings.push(await inspectZone(client, zone, plans, call))
  }
  return findings
}

function plansByZone(offered: readonly OfferedPlan[]): ReadonlyMap<string, readonly JsonObject[]> {
  const zones = new Map<string, JsonObject[]>()
  for (const { regions, driverPlan } of offered) {
    for (const region of regions) {
      const zone = zoneOf(region, driverPlan)
      zones.set(zone, [...(zones.get(zone) ?? []), driverPlan])
    }
  }
  return zones
}

async function inspectZone(
  client: Client,
  zone: string,
  plans: readonly JsonObject[],
  call: Call
): Promise<Finding> {
  const subject = `Redis in ${zone}`
  try {
    const count = await client.countClusters(call, zone)
    const types = await all(client.clusterNodeTypes(call, zone))
    const versions = await all(client.clusterVersions(call, zone))
    const wanting = new Set(plans.flatMap((plan) => [...lacks(plan, types, versions)]))
    if (wanting.size === 0) {
      return { level: 'ok', subject, text: `${count} clusters in the project; every plan can be had` }
    }
    const remedy = 'offer plans of what GET /node-types and GET /cluster-versions tell'
    return { level: 'warning', subject, text: [...wanting].join('; '), remedy }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    const rights = 'give the key RedisFullAccess in the project, or offer no plans of Redis here'
    return { level: 'refused', subject, text: error.message, ...remedyOf(error, rights) }
  }
}

function* lacks(plan: JsonObject, types: readonly NodeType[], versions: readonly string[]): Iterable<string> {
  const nodeType = textAt(plan, 'nodeType')
  const found = types.find(({ name }) => name === nodeType.toLowerCase())
  if (found === undefined) yield `no node type ${nodeType} is sold`
  if (found?.stock === 'out_of_stock') yield `${nodeType} is out of stock`
  const version = textAt(plan, 'version')
  if (!versions.includes(version)) yield `no version ${version} is sold`
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const each of items) found.push(each)
  return found
}
