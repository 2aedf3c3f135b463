import type { CatalogHolder } from '../catalog/holder.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { operatorRoutes } from '../http/api/operator-routes.ts'
import type { ApiRoute } from '../http/route.ts'
import type { OpenRegistry } from '../registry/registry.ts'
import type { Deps } from '../service/deps.ts'
import { createOperatorService } from '../service/operator/create-operator-service.ts'
import type { OperatorDeps } from '../service/operator/deps.ts'
import type { Circuits } from '../transport/circuits.ts'
import { inspect } from './inspect.ts'
import { inspectResource } from './inspect-resource.ts'
import { listMarked } from './list-marked.ts'
import { lookToAdopt } from './look-to-adopt.ts'
import { observeResource } from './observe-resource.ts'

export interface OperatorApiParts
  extends Pick<OperatorDeps, 'brokerId' | 'audit' | 'writes' | 'witnesses' | 'platform'> {
  readonly deps: Deps
  readonly catalog: CatalogHolder
  readonly registry: OpenRegistry
  readonly engine: Pick<EngineDeps, 'ports' | 'allowFrom'>
  readonly circuits: Circuits
}

/** The routes of the operators over the running broker. */
export function operatorApi(parts: OperatorApiParts): readonly ApiRoute[] {
  const { deps, brokerId, audit, writes, witnesses, platform, catalog, registry, engine, circuits } = parts
  const { ports } = engine
  return operatorRoutes(
    createOperatorService({
      ...deps,
      brokerId,
      audit,
      writes,
      witnesses,
      platform,
      catalog,
      providers: Object.keys(registry.adapters),
      inspect: (provider) => inspect(registry, ports, provider, catalog.current()),
      inspectResource: (resource) => inspectResource(registry, ports, resource),
      list: (provider) => listMarked(registry, ports, brokerId, provider),
      observe: (resource) => observeResource(registry, ports, resource),
      lookToAdopt: (asked) => lookToAdopt({ ...engine, registry, brokerId }, asked),
      circuits: () => circuits.open()
    })
  )
}
