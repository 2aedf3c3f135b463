import type { Method, Route } from './route.ts'

export interface Found {
  readonly route: Route
  /** As they stand in the path: still percent-encoded. */
  readonly segments: readonly string[]
}

export type FindRoute = (method: string, path: string) => Found | { readonly allow: readonly string[] }

interface Pattern {
  readonly expression: RegExp
  readonly byMethod: Map<string, Route>
}

/**
 * Finds a route before anything else is known, so that the door, the log and the metrics go by its pattern. Paths are compared as
 * they were sent: an encoded slash never becomes a separator. `allow` is empty when there is nothing at that path.
 */
export function routeFinder(routes: readonly Route[]): FindRoute {
  const fixed = new Map<string, Pattern>()
  const patterns: Pattern[] = []
  for (const route of routes) register(route, fixed, patterns)

  return (method, path) => {
    const pattern = fixed.get(path) ?? patterns.find(({ expression }) => expression.test(path))
    if (pattern === undefined) return { allow: [] }
    const route = pattern.byMethod.get(method === 'HEAD' ? 'GET' : method)
    if (route === undefined) return { allow: allowed(pattern) }
    return { route, segments: pattern.expression.exec(path)?.slice(1) ?? [] }
  }
}

function register(route: Route, fixed: Map<string, Pattern>, patterns: Pattern[]): void {
  const expression = expressionOf(route.path)
  const known =
    fixed.get(route.path) ?? patterns.find((pattern) => pattern.expression.source === expression.source)
  const pattern = known ?? { expression, byMethod: new Map<string, Route>() }
  if (pattern.byMethod.has(route.method)) throw new Error(`two routes for ${route.method} ${route.path}`)
  pattern.byMethod.set(route.method, route)
  if (known) return
  if (route.path.includes(':')) patterns.push(pattern)
  else fixed.set(route.path, pattern)
}

export function parameterNames(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
}

function expressionOf(path: string): RegExp {
  const source = path.replace(/[.+*?^$()[\]{}|\\]/g, '\\$&').replace(/:\w+/g, '([^/]+)')
  return new RegExp(`^${source}$`)
}

function allowed({ byMethod }: Pattern): string[] {
  const methods = [...byMethod.keys()] as (Method | 'HEAD')[]
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods
}
