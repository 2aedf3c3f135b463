import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Ports } from '../contract/ports.ts'
import type { EngineDeps } from '../engine/deps.ts'
import type { Metrics } from '../metrics.ts'
import type { Circuits } from '../transport/circuits.ts'
import { guardedPorts } from '../transport/guarded-ports.ts'
import { httpPort } from '../transport/http.ts'
import { mysqlPort } from '../transport/mysql.ts'
import { postgresqlPort } from '../transport/postgresql.ts'
import { redisPort } from '../transport/redis.ts'
import { s3Port } from '../transport/s3.ts'
import { toolsPort } from '../transport/tools.ts'
import { workspacePort } from '../transport/workspace.ts'

/** The world as adapters and families reach it: bound to a step's signal and deadline, counted, behind the circuit breakers. */
export function portsFor(
  config: Config,
  metrics: Pick<Metrics, 'portCall'>,
  circuits: Circuits
): EngineDeps['ports'] {
  return ({ signal, deadlineMs, provider, reach }) => {
    const ports: Ports = {
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
      mysql: mysqlPort({
        signal,
        observe: ({ failure }) => metrics.portCall('mysql', failure?.kind ?? 'ok')
      }),
      redis: redisPort({
        signal,
        observe: ({ failure }) => metrics.portCall('redis', failure?.kind ?? 'ok')
      }),
      s3: s3Port({
        signal,
        timeoutSeconds: Math.min(20, deadlineMs / 1000),
        observe: ({ failure }) => metrics.portCall('s3', failure?.kind ?? 'ok')
      })
    }
    return {
      ...guardedPorts(ports, { circuits, provider, signal }),
      tools: toolsPort(),
      workspace: workspacePort({ signal, workFolder: workFolderOf(config) })
    }
  }
}

/** Where programs of a move have their private folders. */
export function workFolderOf(config: Config): string {
  return join(config.dataDir, 'work')
}
