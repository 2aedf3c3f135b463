import { differing } from '../../src/contract/differences.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { numberAt, textAt } from '../../src/contract/read.ts'
import type { Client } from './client.ts'
import { rulesFor } from './network-rules.ts'
import type { Servers } from './servers.ts'
import { tagsOf } from './tags.ts'
import type { Cluster } from './types.ts'

export const redisPlanSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'nodeType', 'clusterSize'],
  properties: {
    version: {
      type: 'string',
      pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$',
      description: 'One of GET /cluster-versions.'
    },
    nodeType: {
      type: 'string',
      pattern: '^[A-Za-z0-9-]+$',
      description: 'A name of GET /node-types: RED1-S.'
    },
    clusterSize: {
      enum: [1, 2],
      description: '2 has a standby; more would want clients that know Redis Cluster.'
    },
    zone: { enum: [1, 2], default: 1, description: 'Which zone of the region.' }
  }
}

/** Where Scaleway sells Managed Redis; what is not a zone of it answers nothing but errors. */
export const REDIS_ZONES: readonly string[] = ['fr-par', 'nl-ams', 'pl-waw'].flatMap((region) => [
  `${region}-1`,
  `${region}-2`
])

export function zoneOf(region: string, plan: JsonObject): string {
  return `${region}-${String(plan['zone'] ?? 1)}`
}

/** Managed Redis: zonal, nothing in a new cluster, and its rules come along with the order. */
export function clusterServers(client: Client): Servers<Cluster> {
  return {
    placeOf({ region, plan }) {
      const zone = zoneOf(region, plan)
      if (!REDIS_ZONES.includes(zone)) {
        throw new ProviderFailure('invalid', `Scaleway has no Managed Redis in ${zone}`)
      }
      return zone
    },
    instances: client.clusters,
    instance: client.cluster,
    deleteInstance: client.deleteCluster,
    setPassword: (call, { region: zone, id }, _user, password) =>
      client.setClusterPassword(call, zone, id, password),
    acls: async (call, zone, id) => (await client.cluster(call, zone, id)).rules,
    replaceAcls: client.replaceClusterAcls,
    order: (call, zone, { name, plan, mark, allowFrom }, userName, password) =>
      client.createCluster(call, zone, {
        name,
        version: textAt(plan, 'version'),
        tags: tagsOf(mark),
        nodeType: textAt(plan, 'nodeType'),
        userName,
        password,
        clusterSize: numberAt(plan, 'clusterSize'),
        rules: rulesFor(allowFrom)
      }),
    furnish: async () => undefined,
    differences: differencesOf,
    nextChange,
    change: client.migrateCluster
  }
}

function differencesOf(cluster: Cluster, plan: JsonObject): readonly string[] {
  const region = cluster.zone.replace(/-[0-9]+$/, '')
  return differing([
    ['version', cluster.version, textAt(plan, 'version')],
    ['node type', cluster.nodeType, textAt(plan, 'nodeType').toLowerCase()],
    ['number of nodes', cluster.size, numberAt(plan, 'clusterSize')],
    ['zone', cluster.zone, zoneOf(region, plan)]
  ])
}

function nextChange(cluster: Cluster, plan: JsonObject): JsonObject | undefined {
  const size = numberAt(plan, 'clusterSize')
  if (textAt(plan, 'version') !== cluster.version) {
    throw new ProviderFailure('invalid', `the version stays ${cluster.version}`)
  }
  if (!cluster.zone.endsWith(`-${String(plan['zone'] ?? 1)}`)) {
    throw new ProviderFailure('invalid', `the zone stays ${cluster.zone}`)
  }
  if (size < cluster.size) throw new ProviderFailure('invalid', 'a cluster cannot have fewer nodes')
  const nodeType = textAt(plan, 'nodeType')
  if (nodeType.toLowerCase() !== cluster.nodeType) return { node_type: nodeType }
  return size > cluster.size ? { cluster_size: size } : undefined
}
