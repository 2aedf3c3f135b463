import Koa from 'koa'
import type { Access } from './access.ts'
import type { Edge, Phase } from './edge.ts'
import type { FindRoute } from './find-route.ts'
import { accessLog } from './middleware/access-log.ts'
import { body } from './middleware/body.ts'
import { closing } from './middleware/closing.ts'
import type { Middleware, State } from './middleware/context.ts'
import { door } from './middleware/door.ts'
import { refusals } from './middleware/refusals.ts'
import { requestId } from './middleware/request-id.ts'
import { requestIdentity } from './middleware/request-identity.ts'
import { route } from './middleware/route.ts'
import { serve } from './middleware/serve.ts'
import { version } from './middleware/version.ts'

/** What every request goes through, from top to bottom: a login is asked for before body and ids are looked at. */
export function createApp(
  edge: Edge,
  phase: Phase,
  access: Access,
  findRoute: FindRoute,
  nextRequestId: () => string
): Koa<State> {
  const way: readonly Middleware[] = [
    requestId(nextRequestId),
    accessLog(access),
    closing(phase),
    requestIdentity,
    refusals(edge),
    route(findRoute),
    door(edge.authenticate),
    version(edge.versions),
    body,
    serve(edge.authenticate)
  ]
  const app = new Koa<State>()
  for (const middleware of way) app.use(middleware)
  // Reached only by a connection that breaks while an answer is being sent.
  app.on('error', (error) =>
    edge.log.info({ reason: String(error?.code ?? error) }, 'an answer was not taken')
  )
  return app
}
