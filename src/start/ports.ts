import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { ProviderFailure } from '../contract/errors.ts'
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
import type { Wake } from './awake.ts'
import { awakePorts } from './awake-ports.ts'

/** What the ports tell, and ask before they ask the world. */
export interface AroundPorts {
  readonly metrics: Pick<Metrics, 'portCall'>
  readonly circuits: Circuits
  /** Default: no local server ever rests. */
  readonly wake?: Wake
}

/** The world as adapters and families reach it: bound to a step's signal and deadline, counted, behind the circuit breakers. */
export function portsFor(
  config: Config,
  { metrics, circuits, wake = async () => {} }: AroundPorts
): EngineDeps['ports'] {
  return ({ signal, deadlineMs, provider, reach }) => {
    const timeoutSeconds = Math.min(20, deadlineMs / 1000)
    const observed = (port: string) => ({
      observe: ({ failure }: { readonly failure?: ProviderFailure }) =>
        metrics.portCall(port, failure?.kind ?? 'ok')
    })
    const ports: Ports = {
      http: httpPort({
        signal,
        ...reach,
        timeoutSeconds,
        observe: ({ status, failure }) =>
          metrics.portCall('http', failure?.kind ?? `${Math.floor((status ?? 0) / 100)}xx`)
      }),
      postgresql: postgresqlPort({ signal, ...observed('postgresql') }),
      mysql: mysqlPort({ signal, ...observed('mysql') }),
      redis: redisPort({ signal, ...observed('redis') }),
      s3: s3Port({ signal, timeoutSeconds, ...observed('s3') })
    }
    return {
      ...guardedPorts(awakePorts(ports, wake), { circuits, provider, signal }),
      tools: toolsPort(),
      workspace: workspacePort({ signal, workFolder: workFolderOf(config) })
    }
  }
}

/** Where programs of a move have their private folders. */
export function workFolderOf(config: Config): string {
  return join(config.dataDir, 'work')
}
