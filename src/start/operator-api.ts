import type { CatalogHolder } from '../catalog/holder.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { operatorRoutes } from '../http/api/operator-routes.ts'
import type { ApiRoute } from '../http/route.ts'
import { inspectProvider } from '../registry/inspect-provider.ts'
import type { OpenRegistry } from '../registry/registry.ts'
import { createOperatorService } from '../service/operator/create-operator-service.ts'
import type { OperatorDeps } from '../service/operator/deps.ts'

/** One provider is asked for so long at most. */
const INSPECTION_MS = 20_000

export interface OperatorApiParts {
  readonly store: OperatorDeps['store']
  readonly runner: OperatorDeps['runner']
  readonly catalog: CatalogHolder
  readonly registry: OpenRegistry
  readonly ports: EngineDeps['ports']
}

/** The routes of the operators over the running broker. */
export function operatorApi({
  store,
  runner,
  catalog,
  registry,
  ports
}: OperatorApiParts): readonly ApiRoute[] {
  return operatorRoutes(
    createOperatorService({
      store,
      runner,
      catalog,
      now: Date.now,
      providers: Object.keys(registry.adapters),
      inspect: (provider) => inspect(registry, ports, provider)
    })
  )
}

/** One provider, as `portolan doctor` sees it. */
export async function inspect(
  registry: OpenRegistry,
  ports: EngineDeps['ports'],
  provider: string
): ReturnType<typeof inspectProvider> {
  const registered = registry.provider(provider)
  if (!registered) return []
  const signal = AbortSignal.timeout(INSPECTION_MS)
  return inspectProvider(registered.adapter, {
    ...ports({ signal, deadlineMs: INSPECTION_MS, provider }),
    signal,
    now: new Date(),
    attempt: 1,
    note: () => {}
  })
}
