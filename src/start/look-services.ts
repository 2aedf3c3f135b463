import type { OpenRegistry } from '../registry/registry.ts'
import type { Place } from '../store/looks.ts'

/** Every service of every provider that can be looked at. */
export function lookServices(registry: OpenRegistry): readonly Place[] {
  return Object.keys(registry.adapters).flatMap((provider) =>
    Object.keys(registry.provider(provider)?.drivers ?? {}).map((family) => ({ provider, family }))
  )
}
