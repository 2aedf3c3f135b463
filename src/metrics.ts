import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface OpenOperations {
  readonly kind: string
  readonly state: string
  readonly count: number
  /** Of the oldest one. */
  readonly ageSeconds: number
}

/** How it goes with one provider in this process. */
export interface ProviderLoad {
  readonly provider: string
  readonly running: number
  readonly openCircuits: number
  readonly retriesLeft: number
}

/** What the last looks at the providers found, by kind and provider. */
export interface DriftCounts {
  readonly found: readonly { readonly provider: string; readonly kind: string; readonly count: number }[]
  readonly looks: readonly { readonly provider: string; readonly family: string; readonly lookedAt: number }[]
}

export interface Metrics {
  /** `route` is a pattern, never a path: every value is a time series. */
  request(method: string, route: string, status: number, seconds: number): void
  operationEnded(kind: string, state: string): void
  /** One call of a port to the world: `http`, `postgresql`, `redis`; the outcome is `ok` or a kind of failure. */
  portCall(port: string, outcome: string): void
  leaseTakenOver(): void
  /** The text of /metrics. Open operations are counted now. */
  text(): Promise<string>
  readonly contentType: string
}

export interface MetricsOptions {
  /** Every operation that has not ended, by kind and state; asked when /metrics is read. */
  readonly openOperations?: () => Promise<readonly OpenOperations[]>
  /** Of each provider; asked when /metrics is read. */
  readonly providers?: () => readonly ProviderLoad[]
  /** Asked when /metrics is read. */
  readonly drift?: () => Promise<DriftCounts>
}

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const request = requestMetrics(registry)
  const lookAtOperations = openOperationMetrics(registry, options.openOperations ?? (async () => []))
  const lookAtProviders = providerMetrics(registry, options.providers ?? (() => []))
  const lookAtDrift = driftMetrics(registry, options.drift ?? (async () => ({ found: [], looks: [] })))
  const registers = [registry]
  const ended = new Counter({
    name: 'portolan_operations_ended_total',
    help: 'Operations that ended, by kind and state',
    labelNames: ['kind', 'state'],
    registers
  })
  const calls = new Counter({
    name: 'portolan_port_calls_total',
    help: 'Calls to providers and their services, by port and outcome',
    labelNames: ['port', 'outcome'],
    registers
  })
  const takenOver = new Counter({
    name: 'portolan_leases_taken_over_total',
    help: 'Operations taken over from a worker whose lease had run out',
    registers
  })
  return {
    request,
    operationEnded: (kind, state) => ended.inc({ kind, state }),
    portCall: (port, outcome) => calls.inc({ port, outcome }),
    leaseTakenOver: () => takenOver.inc(),
    async text() {
      await lookAtOperations()
      await lookAtDrift()
      lookAtProviders()
      return registry.metrics()
    },
    contentType: registry.contentType
  }
}

/** What keeps one provider from slowing another, as it stands now. */
function providerMetrics(registry: Registry, providers: () => readonly ProviderLoad[]): () => void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['provider'], registers: [registry] })
  const running = gauge('portolan_operations_running', 'Operations that this process works on, by provider')
  const open = gauge(
    'portolan_circuits_open',
    'Hosts of a provider that are left alone because they do not answer'
  )
  const left = gauge(
    'portolan_retries_left',
    'Tries after a failure that the budget of a provider has room for'
  )
  return () => {
    for (const each of [running, open, left]) each.reset()
    for (const { provider, ...load } of providers()) {
      running.set({ provider }, load.running)
      open.set({ provider }, load.openCircuits)
      left.set({ provider }, load.retriesLeft)
    }
  }
}

/** How providers differed from the store when they were looked at last. Empty when the store does not answer. */
function driftMetrics(registry: Registry, drift: () => Promise<DriftCounts>): () => Promise<void> {
  const registers = [registry]
  const found = new Gauge({
    name: 'portolan_drift',
    help: 'What the last look found, by provider and kind: orphan, missing, differing, broken',
    labelNames: ['provider', 'kind'],
    registers
  })
  const lookedAt = new Gauge({
    name: 'portolan_drift_last_look_timestamp_seconds',
    help: 'When a service of a provider was last looked at, and answered',
    labelNames: ['provider', 'service'],
    registers
  })
  return async () => {
    const now = await drift().catch(() => ({ found: [], looks: [] }))
    for (const gauge of [found, lookedAt]) gauge.reset()
    for (const { provider, kind, count } of now.found) found.set({ provider, kind }, count)
    for (const { provider, family, lookedAt: at } of now.looks)
      lookedAt.set({ provider, service: family }, at / 1000)
  }
}

interface RequestSeries {
  count(): void
  took(seconds: number): void
}

/** The series of a (method, route, status) are looked up once: building their label keys would cost more than counting. */
function requestMetrics(registry: Registry): Metrics['request'] {
  const registers = [registry]
  const counter = new Counter({
    name: 'portolan_http_requests_total',
    help: 'Requests answered, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    registers
  })
  const histogram = new Histogram({
    name: 'portolan_http_request_duration_seconds',
    help: 'Time from the head of a request to its answer',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers
  })
  const series = new Map<string, RequestSeries>()

  function open(key: string, method: string, route: string, status: number): RequestSeries {
    const count = counter.labels(method, route, String(status))
    const took = histogram.labels(method, route)
    const made = { count: () => count.inc(), took: (seconds: number) => took.observe(seconds) }
    series.set(key, made)
    return made
  }

  return (method, route, status, seconds) => {
    const key = `${status} ${method} ${route}`
    const { count, took } = series.get(key) ?? open(key, method, route, status)
    count()
    took(seconds)
  }
}

/** One look feeds three gauges. When the store does not answer they are empty, and the other metrics can still be read. */
function openOperationMetrics(
  registry: Registry,
  openOperations: () => Promise<readonly OpenOperations[]>
): () => Promise<void> {
  const registers = [registry]
  const labelNames = ['kind', 'state']
  const open = new Gauge({
    name: 'portolan_operations_open',
    help: 'Operations that have not ended, by kind and state',
    labelNames,
    registers
  })
  const age = new Gauge({
    name: 'portolan_operations_oldest_seconds',
    help: 'Age of the oldest operation that has not ended, by kind and state',
    labelNames,
    registers
  })
  const cleanUps = new Gauge({
    name: 'portolan_clean_ups_open',
    help: 'Clean-ups that have not ended',
    registers
  })
  return async () => {
    const rows = await openOperations().catch(() => undefined)
    for (const gauge of [open, age, cleanUps]) gauge.reset()
    if (rows === undefined) return cleanUps.remove()
    for (const { kind, state, count, ageSeconds } of rows) {
      open.set({ kind, state }, count)
      age.set({ kind, state }, ageSeconds)
    }
    cleanUps.set(rows.reduce((sum, row) => sum + (row.kind === 'clean-up' ? row.count : 0), 0))
  }
}
