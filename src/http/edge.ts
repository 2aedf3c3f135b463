import type { Recovery } from '../domain/checkpoint.ts'
import type { Platform } from '../domain/platform.ts'
import type { Authenticate } from '../identity/authenticate.ts'
import type { Broker } from '../service/broker.ts'
import type { ApiRoute } from './route.ts'

/** All that the HTTP edge is made of; `main` hands it over. */
export interface Edge {
  readonly broker: Broker
  readonly catalog: CatalogBytes
  readonly authenticate: Authenticate
  readonly log: EdgeLog
  /** Gets one line for each request, with known fields only; may be `log`, or a cheaper one (`withoutFieldNet`). */
  readonly requestLog: Pick<EdgeLog, 'info'>
  readonly metrics: EdgeMetrics
  readonly health: Health
  /** Did the store fail, rather than what it was asked? */
  isOutage(error: unknown): boolean
  /** Besides OSB, health and metrics. */
  readonly api: readonly ApiRoute[]
  readonly versions: Versions
  /** While there is a reason nothing but reads is served. */
  readonly recovery: Recovery
}

export interface Versions {
  /** Oldest X-Broker-API-Version that is served: `2.11`. */
  readonly minimum: string
  /** The answer to a request without that header; 412 for old checkers. */
  readonly missingStatus: 400 | 412
}

/** GET /v2/catalog, ready to be sent. */
export interface CatalogBytes {
  bytesFor(platform: Platform): {
    /** Changes whenever the bytes do; with or without its quotes. */
    readonly etag: string
    readonly identity: Buffer
    readonly gzip: Buffer
  }
}

export interface Health {
  /** Whether the broker can serve: the store answers and takes writes, a catalog is loaded. Never depends on a provider. */
  check(): Promise<HealthReport>
}

export interface HealthReport {
  readonly ready: boolean
  /** By what was looked at: `store`, `catalog`. Read by operators only. */
  readonly details: Readonly<Record<string, unknown>>
}

export interface EdgeLog {
  info(facts: object, text: string): void
  warn(facts: object, text: string): void
  error(facts: object, text: string): void
}

export interface EdgeMetrics {
  request(method: string, route: string, status: number, seconds: number): void
  text(): Promise<string>
  readonly contentType: string
}

/** Turns true once, when the broker begins to stop. */
export interface Phase {
  draining: boolean
}
