import type { CatalogHolder } from '../catalog/holder.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { operatorRoutes } from '../http/api/operator-routes.ts'
import type { ApiRoute } from '../http/route.ts'
import type { OpenRegistry } from '../registry/registry.ts'
import { createOperatorService } from '../service/operator/create-operator-service.ts'
import type { OperatorDeps } from '../service/operator/deps.ts'
import { inspect } from './inspect.ts'
import { listMarked } from './list-marked.ts'
import type { CheckpointPlace } from './witnesses.ts'

export interface OperatorApiParts {
  readonly store: OperatorDeps['store']
  readonly brokerId: string
  readonly runner: OperatorDeps['runner']
  readonly audit: OperatorDeps['audit']
  readonly witnesses: readonly CheckpointPlace[]
  readonly catalog: CatalogHolder
  readonly registry: OpenRegistry
  readonly ports: EngineDeps['ports']
}

/** The routes of the operators over the running broker. */
export function operatorApi(parts: OperatorApiParts): readonly ApiRoute[] {
  const { store, brokerId, runner, audit, witnesses, catalog, registry, ports } = parts
  return operatorRoutes(
    createOperatorService({
      store,
      brokerId,
      runner,
      audit,
      witnesses,
      catalog,
      now: Date.now,
      providers: Object.keys(registry.adapters),
      inspect: (provider) => inspect(registry, ports, provider),
      list: (provider) => listMarked(registry, ports, brokerId, provider)
    })
  )
}
