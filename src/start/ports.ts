import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Metrics } from '../metrics.ts'
import { httpPort } from '../transport/http.ts'
import { mysqlPort } from '../transport/mysql.ts'
import { postgresqlPort } from '../transport/postgresql.ts'
import { redisPort } from '../transport/redis.ts'
import { s3Port } from '../transport/s3.ts'
import { toolsPort } from '../transport/tools.ts'
import { workspacePort } from '../transport/workspace.ts'
import { type Wake, woken } from './awake.ts'

/** The world as adapters and families reach it: bound to a step's signal and deadline, counted. */
export function portsFor(
  config: Config,
  metrics: Pick<Metrics, 'portCall'>,
  wake: Wake = async () => {}
): EngineDeps['ports'] {
  return ({ signal, deadlineMs, reach }) => {
    const mysql = mysqlPort({
      signal,
      observe: ({ failure }) => metrics.portCall('mysql', failure?.kind ?? 'ok')
    })
    const redis = redisPort({
      signal,
      observe: ({ failure }) => metrics.portCall('redis', failure?.kind ?? 'ok')
    })
    return {
      http: httpPort({
        signal,
        ...reach,
        timeoutSeconds: Math.min(20, deadlineMs / 1000),
        observe: ({ status, failure }) =>
          metrics.portCall('http', failure?.kind ?? `${Math.floor((status ?? 0) / 100)}xx`)
      }),
      postgresql: postgresqlPort({
        signal,
        observe: ({ failure }) => metrics.portCall('postgresql', failure?.kind ?? 'ok')
      }),
      async mysql(access, use, options) {
        await woken(wake, access)
        return mysql(access, use, options)
      },
      async redis(access, use, options) {
        await woken(wake, access)
        return redis(access, use, options)
      },
      s3: s3Port({
        signal,
        timeoutSeconds: Math.min(20, deadlineMs / 1000),
        observe: ({ failure }) => metrics.portCall('s3', failure?.kind ?? 'ok')
      }),
      tools: toolsPort(),
      workspace: workspacePort({ signal, workFolder: workFolderOf(config) })
    }
  }
}

/** Where programs of a move have their private folders. */
export function workFolderOf(config: Config): string {
  return join(config.dataDir, 'work')
}
