import type { CatalogHolder } from '../catalog/holder.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { operatorRoutes } from '../http/api/operator-routes.ts'
import type { ApiRoute } from '../http/route.ts'
import type { OpenRegistry } from '../registry/registry.ts'
import { createOperatorService } from '../service/operator/create-operator-service.ts'
import type { OperatorDeps } from '../service/operator/deps.ts'
import { inspect } from './inspect.ts'

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
