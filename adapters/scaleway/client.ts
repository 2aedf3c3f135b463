import type { Login } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call, HttpAnswer, HttpRequest } from '../../src/contract/ports.ts'
import { failureFrom } from './errors.ts'
import type { Settings } from './settings.ts'
import {
  type AclRule,
  type Cluster,
  type Instance,
  type NewCluster,
  type NewInstance,
  type NodeType,
  type Page,
  type Privilege,
  readAclRule,
  readCertificate,
  readCluster,
  readInstance,
  readName,
  readNodeType,
  readPage,
  readVersion,
  type Upgrade
} from './types.ts'

export type Client = ReturnType<typeof openClient>

/** Which instances a list shows; `name` finds parts of names too. */
export interface Filter {
  readonly tag?: string
  readonly name?: string
}

export const PAGE_SIZE = 100

/** Scaleway's Managed Database and Managed Redis APIs. Every function throws `ProviderFailure` for what is no success. */
export function openClient(settings: Settings) {
  const send = sender(settings)
  return {
    ...instanceReads(send, settings.projectId),
    ...instanceWrites(send, settings.projectId),
    ...insideInstance(send),
    ...redisClusters(send, settings.projectId),
    ...redisOffers(send, settings.projectId)
  }
}

export type Send = ReturnType<typeof sender>

export function sender(settings: Pick<Settings, 'apiUrl' | 'secretKey'>) {
  const api = settings.apiUrl.replace(/\/+$/, '')
  return async (call: Call, method: HttpRequest['method'], path: string, body?: JsonObject) => {
    const answer = await call.http.send({
      method,
      url: new URL(`${api}${path}`),
      headers: { 'x-auth-token': settings.secretKey },
      ...(body ? { body } : {})
    })
    return accepted(answer)
  }
}

function instanceReads(send: Send, projectId: string) {
  async function instancePage(call: Call, region: string, filter: Filter, page: number, size = PAGE_SIZE) {
    const query = listQuery(projectId, filter, page, size)
    const answer = await send(call, 'GET', `${rdb(region)}/instances?${query}`)
    return readPage(answer.body, 'instances', readInstance)
  }

  return {
    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-database-instances-list-database-instances
    async *instances(call: Call, region: string, filter: Filter): AsyncIterable<Instance> {
      yield* everyPage((page) => instancePage(call, region, filter, page))
    },

    /** How many there are in the project: one small page. */
    async countInstances(call: Call, region: string): Promise<number> {
      return (await instancePage(call, region, {}, 1, 1)).total
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-database-instances-get-a-database-instance
    async instance(call: Call, region: string, id: string): Promise<Instance> {
      return readInstance((await send(call, 'GET', instancePath(region, id))).body)
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-node-types-list-available-node-types
    async *nodeTypes(call: Call, region: string): AsyncIterable<NodeType> {
      yield* everyPage(async (page) => {
        const query = `include_disabled_types=false&page=${page}&page_size=${PAGE_SIZE}`
        const answer = await send(call, 'GET', `${rdb(region)}/node-types?${query}`)
        return readPage(answer.body, 'node_types', readNodeType)
      })
    }
  }
}

function instanceWrites(send: Send, projectId: string) {
  return {
    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-database-instances-create-a-database-instance
    async createInstance(call: Call, region: string, wanted: NewInstance): Promise<Instance> {
      const answer = await send(call, 'POST', `${rdb(region)}/instances`, {
        project_id: projectId,
        name: wanted.name,
        engine: wanted.engine,
        user_name: wanted.userName,
        password: wanted.password,
        node_type: wanted.nodeType,
        is_ha_cluster: wanted.highAvailability,
        disable_backup: false,
        tags: wanted.tags,
        init_settings: null,
        volume_type: wanted.volumeType,
        volume_size: wanted.volumeBytes,
        init_endpoints: null,
        backup_same_region: false,
        encryption: { enabled: false }
      })
      return readInstance(answer.body)
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-database-instances-upgrade-a-database-instance
    async upgrade(call: Call, region: string, id: string, upgrade: Upgrade): Promise<Instance> {
      return readInstance((await send(call, 'POST', `${instancePath(region, id)}/upgrade`, upgrade)).body)
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-database-instances-delete-a-database-instance
    async deleteInstance(call: Call, region: string, id: string): Promise<void> {
      await send(call, 'DELETE', instancePath(region, id))
    }
  }
}

function insideInstance(send: Send) {
  return {
    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-database-instances-get-the-tls-certificate-of-a-database-instance
    async certificate(call: Call, region: string, id: string): Promise<string> {
      return readCertificate((await send(call, 'GET', `${instancePath(region, id)}/certificate`)).body)
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-access-control-lists-acl-list-acl-rules-of-a-database-instance
    async acls(call: Call, region: string, id: string): Promise<readonly AclRule[]> {
      const path = `${instancePath(region, id)}/acls?page=1&page_size=${PAGE_SIZE}`
      return readPage((await send(call, 'GET', path)).body, 'rules', readAclRule).items
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-access-control-lists-acl-set-acl-rules-for-a-database-instance
    async replaceAcls(call: Call, region: string, id: string, rules: readonly AclRule[]): Promise<void> {
      await send(call, 'PUT', `${instancePath(region, id)}/acls`, {
        rules: rules.map(({ ip, description }) => ({ ip, description }))
      })
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-databases-list-databases-in-a-database-instance
    async databases(call: Call, region: string, id: string, name: string): Promise<readonly string[]> {
      const query = new URLSearchParams({ name, skip_size_retrieval: 'true', page_size: String(PAGE_SIZE) })
      const answer = await send(call, 'GET', `${instancePath(region, id)}/databases?${query.toString()}`)
      return readPage(answer.body, 'databases', readName).items
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-databases-create-a-database-in-a-database-instance
    async createDatabase(call: Call, region: string, id: string, name: string): Promise<void> {
      await send(call, 'POST', `${instancePath(region, id)}/databases`, { name })
    },

    /** The filter finds parts of names too. */
    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-users-list-users-of-a-database-instance
    async users(call: Call, region: string, id: string, name: string): Promise<readonly string[]> {
      const query = new URLSearchParams({ name, page_size: String(PAGE_SIZE) })
      const answer = await send(call, 'GET', `${instancePath(region, id)}/users?${query.toString()}`)
      return readPage(answer.body, 'users', readName).items
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-users-create-a-user-for-a-database-instance
    async createUser(call: Call, region: string, id: string, { name, password }: Login): Promise<void> {
      await send(call, 'POST', `${instancePath(region, id)}/users`, { name, password, is_admin: false })
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-users-update-a-user-on-a-database-instance
    async setPassword(call: Call, region: string, id: string, name: string, password: string): Promise<void> {
      await send(call, 'PATCH', userPath(region, id, name), { password })
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-users-delete-a-user-on-a-database-instance
    async deleteUser(call: Call, region: string, id: string, name: string): Promise<void> {
      await send(call, 'DELETE', userPath(region, id, name))
    },

    // https://www.scaleway.com/en/developers/api/managed-database-postgre-mysql/#path-user-privileges-set-user-privileges-for-a-database
    async setPrivilege(call: Call, region: string, id: string, privilege: Privilege): Promise<void> {
      await send(call, 'PUT', `${instancePath(region, id)}/privileges`, {
        database_name: privilege.database,
        user_name: privilege.user,
        permission: privilege.permission
      })
    }
  }
}

function redisClusters(send: Send, projectId: string) {
  return {
    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-clusters-list-redis-tm-database-instances
    async *clusters(call: Call, zone: string, filter: Filter): AsyncIterable<Cluster> {
      yield* everyPage(async (page) => {
        const query = listQuery(projectId, filter, page, PAGE_SIZE)
        const answer = await send(call, 'GET', `${redis(zone)}/clusters?${query}`)
        return readPage(answer.body, 'clusters', readCluster)
      })
    },

    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-clusters-get-a-redis-tm-database-instance
    async cluster(call: Call, zone: string, id: string): Promise<Cluster> {
      return readCluster((await send(call, 'GET', clusterPath(zone, id))).body)
    },

    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-clusters-create-a-redis-tm-database-instance
    async createCluster(call: Call, zone: string, wanted: NewCluster): Promise<Cluster> {
      const answer = await send(call, 'POST', `${redis(zone)}/clusters`, {
        project_id: projectId,
        name: wanted.name,
        version: wanted.version,
        tags: wanted.tags,
        node_type: wanted.nodeType,
        user_name: wanted.userName,
        password: wanted.password,
        cluster_size: wanted.clusterSize,
        acl_rules: wanted.rules.map(clusterRule),
        endpoints: null,
        tls_enabled: true,
        cluster_settings: null
      })
      return readCluster(answer.body)
    },

    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-clusters-scale-up-a-redis-tm-database-instance
    /** One field at a time. */
    async migrateCluster(call: Call, zone: string, id: string, change: JsonObject): Promise<void> {
      await send(call, 'POST', `${clusterPath(zone, id)}/migrate`, change)
    },

    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-clusters-update-a-redis-tm-database-instance
    /** Of the one user it has. */
    async setClusterPassword(call: Call, zone: string, id: string, password: string): Promise<void> {
      await send(call, 'PATCH', clusterPath(zone, id), { password })
    },

    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-clusters-delete-a-redis-tm-database-instance
    async deleteCluster(call: Call, zone: string, id: string): Promise<void> {
      await send(call, 'DELETE', clusterPath(zone, id))
    },

    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-access-control-lists-set-acl-rules-for-a-cluster
    async replaceClusterAcls(call: Call, zone: string, id: string, rules: readonly AclRule[]): Promise<void> {
      await send(call, 'PUT', `${clusterPath(zone, id)}/acls`, { acl_rules: rules.map(clusterRule) })
    },

    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-clusters-get-the-tls-certificate-of-a-cluster
    async clusterCertificate(call: Call, zone: string, id: string): Promise<string> {
      return readCertificate((await send(call, 'GET', `${clusterPath(zone, id)}/certificate`)).body)
    }
  }
}

function redisOffers(send: Send, projectId: string) {
  return {
    /** How many there are in the project: one small page. */
    async countClusters(call: Call, zone: string): Promise<number> {
      const answer = await send(call, 'GET', `${redis(zone)}/clusters?${listQuery(projectId, {}, 1, 1)}`)
      return readPage(answer.body, 'clusters', readCluster).total
    },

    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-node-types-list-available-node-types
    async *clusterNodeTypes(call: Call, zone: string): AsyncIterable<NodeType> {
      yield* everyPage(async (page) => {
        const query = `include_disabled_types=false&page=${page}&page_size=${PAGE_SIZE}`
        const answer = await send(call, 'GET', `${redis(zone)}/node-types?${query}`)
        return readPage(answer.body, 'node_types', readNodeType)
      })
    },

    // https://www.scaleway.com/en/developers/api/managed-database-redis/#path-cluster-versions-list-available-redis-tm-versions
    async *clusterVersions(call: Call, zone: string): AsyncIterable<string> {
      yield* everyPage(async (page) => {
        const answer = await send(
          call,
          'GET',
          `${redis(zone)}/cluster-versions?page=${page}&page_size=${PAGE_SIZE}`
        )
        return readPage(answer.body, 'versions', readVersion)
      })
    }
  }
}

function clusterRule({ ip, description }: AclRule): JsonObject {
  return { ip_cidr: ip, description }
}

function redis(zone: string): string {
  return `/redis/v1/zones/${encodeURIComponent(zone)}`
}

function clusterPath(zone: string, id: string): string {
  return `${redis(zone)}/clusters/${encodeURIComponent(id)}`
}

function listQuery(projectId: string, filter: Filter, page: number, size: number): string {
  const query = new URLSearchParams({
    project_id: projectId,
    page: String(page),
    page_size: String(size),
    order_by: 'created_at_asc'
  })
  if (filter.tag !== undefined) query.set('tags', filter.tag)
  if (filter.name !== undefined) query.set('name', filter.name)
  return query.toString()
}

function accepted(answer: HttpAnswer): HttpAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer
  throw failureFrom(answer)
}

function rdb(region: string): string {
  return `/rdb/v1/regions/${encodeURIComponent(region)}`
}

function instancePath(region: string, id: string): string {
  return `${rdb(region)}/instances/${encodeURIComponent(id)}`
}

function userPath(region: string, id: string, name: string): string {
  return `${instancePath(region, id)}/users/${encodeURIComponent(name)}`
}

/** Of a project: far beyond every quota. */
const MOST_PAGES = 100

/**
 * Until as many were collected as there are; an empty page ends it too. What is deleted meanwhile moves the rest towards pages that
 * were read already: a list that got shorter is no whole list.
 */
export async function* everyPage<T>(read: (page: number) => Promise<Page<T>>): AsyncIterable<T> {
  let collected = 0
  let before = 0
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { items, total } = await read(page)
    if (total < before)
      throw new ProviderFailure('unavailable', 'a list at Scaleway changed while it was read')
    before = total
    yield* items
    collected += items.length
    if (items.length === 0 || collected >= total) return
  }
  throw new ProviderFailure('unexpected', 'Scaleway answers a list that has no end')
}
