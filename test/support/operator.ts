import type { Finding } from '../../src/contract/adapter.ts'
import { createOperatorService } from '../../src/service/operator/create-operator-service.ts'
import type { OperatorCaller, OperatorDeps } from '../../src/service/operator/deps.ts'
import type { OperatorService } from '../../src/service/operator/operator-service.ts'
import { inspectResource } from '../../src/start/inspect-resource.ts'
import { lookToAdopt } from '../../src/start/look-to-adopt.ts'
import { observeResource } from '../../src/start/observe-resource.ts'
import { type Core, callerOf } from './core.ts'

export const OPS: OperatorCaller = { username: 'ops', requestId: 'request-ops' }

/** The operators' use cases over one process of the core. */
export function operatorOf(
  core: Core,
  findings: readonly Finding[] = [],
  options: Partial<OperatorDeps> = {}
): OperatorService {
  return createOperatorService({
    ...core.needs.service,
    brokerId: core.brokerId,
    catalog: { ...core.needs.service.catalog, problems: () => [] },
    platform: (name) => (name === 'lost' ? undefined : callerOf({ name }).platform),
    observe:
      options.observe ??
      ((resource) => observeResource(core.needs.engine.registry, () => ({}) as never, resource)),
    providers: [...core.configured],
    inspect: async () => findings,
    inspectResource: (resource) => inspectResource(core.needs.engine.registry, () => ({}) as never, resource),
    lookToAdopt: (asked) => lookToAdopt({ ...core.needs.engine, ports: () => ({}) as never }, asked),
    circuits: options.circuits ?? (() => []),
    list: options.list ?? (async () => []),
    audit: options.audit ?? { reason: () => undefined, look: async () => {} },
    writes: options.writes ?? { refusal: async () => undefined },
    witnesses: options.witnesses ?? []
  })
}
