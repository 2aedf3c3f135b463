import { Router } from '@koa/router'
import type { Route } from './route.ts'

export interface Found {
  readonly route: Route
  /** As they stand in the path: still percent-encoded. */
  readonly segments: readonly string[]
}

export type FindRoute = (method: string, path: string) => Found | { readonly allow: readonly string[] }

/**
 * Finds a route before anything else is known, so that the door, the log and the metrics go by its pattern. Paths are compared as
 * they were sent: an encoded slash never becomes a separator. `allow` is empty when there is nothing at that path.
 */
export function routeFinder(routes: readonly Route[]): FindRoute {
  const router = new Router({ strict: true, sensitive: true })
  const known = new Map<unknown, Route>()
  for (const route of routes) {
    if (router.match(route.path, route.method).route)
      throw new Error(`two routes for ${route.method} ${route.path}`)
    known.set(
      router.register(route.path, [route.method], () => {}),
      route
    )
  }

  return (method, path) => {
    const { path: atPath, pathAndMethod } = router.match(path, method)
    const layer = pathAndMethod[0]
    const route = known.get(layer)
    if (layer && route) return { route, segments: layer.captures(path) }
    return { allow: [...new Set(atPath.flatMap((each) => each.methods))] }
  }
}

export function parameterNames(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
}
