import { checkVersion } from '../api-version.ts'
import type { Versions } from '../edge.ts'
import { foundIn, type Middleware } from './context.ts'

/** OSB routes only. */
export function version(versions: Versions): Middleware {
  return (ctx, proceed) => {
    const header = ctx.req.headers['x-broker-api-version']
    if (foundIn(ctx.state).route.osb)
      checkVersion(header === undefined ? undefined : String(header), versions)
    return proceed()
  }
}
