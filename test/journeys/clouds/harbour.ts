import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../../src/contract/json.ts'
import { dataFolder } from '../../support/broker-process.ts'
import { bucketNames } from '../../support/buckets.ts'
import { asMysql, mysqlServer } from '../../support/mysql-server.ts'
import { postgresServer, withClient } from '../../support/postgres-server.ts'
import { objectStore } from '../../support/radosgw.ts'
import { redisServer } from '../../support/redis-server.ts'
import type { USES } from './use.ts'

/** Plans on servers that the operator runs: one of each family, and a larger one where there is anything to move. */
export const HARBOUR = {
  postgresql: '5f1f5b0e-9d0c-4be4-8f0a-3f5f1f7a1d01',
  mysql: '5f1f5b0e-9d0c-4be4-8f0a-3f5f1f7a1d02',
  redis: '5f1f5b0e-9d0c-4be4-8f0a-3f5f1f7a1d03',
  'object-storage': '5f1f5b0e-9d0c-4be4-8f0a-3f5f1f7a1d04',
  largerPostgresql: '5f1f5b0e-9d0c-4be4-8f0a-3f5f1f7a1d05'
} as const

const REGION = 'harbour-1'

/** `harbour`, with a server of the tests for each family. */
export interface Harbour {
  /** To be put beside the repository's catalog. */
  readonly catalog: string
  readonly settings: readonly JsonObject[]
  /** What stands on its servers, as their administrator sees it. */
  readonly standing: Readonly<Record<keyof typeof USES, () => Promise<unknown>>>
}

export async function openHarbour(): Promise<Harbour> {
  const [pg, maria, redis, store] = await Promise.all([
    postgresServer(),
    mysqlServer(),
    redisServer('harbour'),
    objectStore()
  ])
  const key = await store.account('harbour', 'users=*')
  const { user, password } = redis.owner
  return {
    catalog: catalogFolder(),
    settings: [
      { adapter: 'postgresql-server', servers: [serverOf(pg.host, pg.port, pg.managedRoot)] },
      { adapter: 'mysql-server', servers: [serverOf(maria.host, maria.port, maria.managedRoot)] },
      { adapter: 'redis-server', servers: [serverOf('127.0.0.1', redis.port, { user, password })] },
      {
        adapter: 's3',
        endpoint: store.endpoint,
        region: REGION,
        s3Region: store.region,
        network: 'private',
        keys: 'radosgw-admin',
        ...key
      }
    ],
    standing: {
      postgresql: () =>
        withClient(pg.superuser, async (client) => {
          const { rows } = await client.query(
            'SELECT datname AS name FROM pg_database UNION ALL SELECT rolname FROM pg_roles ORDER BY name'
          )
          return rows
        }),
      // Without the broker's own database, which is made once and stays.
      mysql: () =>
        asMysql(
          maria.superuser,
          `SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name <> 'portolan'
           UNION ALL SELECT user FROM mysql.user ORDER BY name`
        ),
      redis: async () => [await redis.ask('ACL', 'USERS'), await redis.ask('DBSIZE')],
      'object-storage': () => bucketNames(store)
    }
  }
}

function serverOf(
  host: string,
  port: number,
  { user, password }: { readonly user: string; readonly password: string }
): JsonObject {
  return { name: 'main', region: REGION, host, port, user, password, network: 'private' }
}

function catalogFolder(): string {
  const folder = join(dataFolder(), 'catalog')
  const at = join(folder, 'providers/harbour')
  mkdirSync(at, { recursive: true })
  const write = (name: string, what: JsonObject) =>
    writeFileSync(join(at, `${name}.yaml`), JSON.stringify(what))
  write('provider', {
    kind: 'provider',
    displayName: 'Harbour',
    country: 'NL',
    regions: [{ name: REGION, country: 'NL' }]
  })
  const small = (id: string, isolation: string, driverPlan: JsonObject) =>
    plan(id, 'harbour-small', isolation, driverPlan)
  const files = {
    postgresql: [
      small(HARBOUR.postgresql, 'shared', { connections: 5 }),
      plan(HARBOUR.largerPostgresql, 'harbour-large', 'shared', { connections: 10 })
    ],
    mysql: [small(HARBOUR.mysql, 'shared', { connections: 5 })],
    redis: [small(HARBOUR.redis, 'dedicated', { memoryMb: 32 })],
    'object-storage': [small(HARBOUR['object-storage'], 'shared', {})]
  }
  for (const [family, plans] of Object.entries(files)) write(family, { kind: 'plans', plans })
  return folder
}

function plan(id: string, name: string, isolation: string, driverPlan: JsonObject): JsonObject {
  const description = "On the operator's own server"
  return { id, name, description, regions: [REGION], free: true, isolation, driverPlan }
}
