import { Refusal } from '../domain/refusal.ts'
import { catalogAnswer } from './catalog-answer.ts'
import type { Edge, Phase } from './edge.ts'
import { readiness } from './health.ts'
import { osb } from './osb.ts'
import type { EdgeAnswer, EdgeRequest, Route } from './route.ts'

const INSTANCE = '/v2/service_instances/:instance'
const BINDING = `${INSTANCE}/service_bindings/:binding`

/** The whole API. Who may come in stands beside each route; one that does not say is the operators'. */
export function routes(edge: Edge, phase: Phase): readonly Route[] {
  return allRoutes(edge, phase).map((route) => unlessRecovering(edge, route))
}

const RECOVERING_SECONDS = 60
const RECOVERING =
  'The store of the Service Broker is older than what was made since: nothing is changed until its operator has looked at the difference. Try again later.'

/** By the method, so that a route that is added one day is closed too. */
function unlessRecovering({ recovery }: Edge, route: Route): Route {
  if (route.method === 'GET' || route.inRecovery) return route
  return {
    ...route,
    handle: (request) => {
      if (recovery.reason()) throw new Refusal(503, RECOVERING, { retryAfterSeconds: RECOVERING_SECONDS })
      return route.handle(request)
    }
  }
}

function allRoutes(edge: Edge, phase: Phase): readonly Route[] {
  const { broker, metrics } = edge
  return [
    { method: 'GET', path: '/v2/catalog', who: 'platform', osb: 'catalog', handle: (r) => catalog(edge, r) },
    osb('provision', 'PUT', INSTANCE, (r) => broker.provision(r.caller, r.instance, r.isAsync, r.body)),
    osb('update', 'PATCH', INSTANCE, (r) => broker.update(r.caller, r.instance, r.isAsync, r.body)),
    osb('fetch-instance', 'GET', INSTANCE, (r) => broker.fetchInstance(r.caller, r.instance, r.query)),
    osb('deprovision', 'DELETE', INSTANCE, (r) =>
      broker.deprovision(r.caller, r.instance, r.isAsync, r.query)
    ),
    osb('last-operation', 'GET', `${INSTANCE}/last_operation`, (r) =>
      broker.lastOperation(r.caller, r.instance, r.query)
    ),
    osb('bind', 'PUT', BINDING, (r) => broker.bind(r.caller, r.instance, r.binding, r.isAsync, r.body)),
    osb('fetch-binding', 'GET', BINDING, (r) =>
      broker.fetchBinding(r.caller, r.instance, r.binding, r.query)
    ),
    osb('unbind', 'DELETE', BINDING, (r) =>
      broker.unbind(r.caller, r.instance, r.binding, r.isAsync, r.query)
    ),
    osb('last-binding-operation', 'GET', `${BINDING}/last_operation`, (r) =>
      broker.lastBindingOperation(r.caller, r.instance, r.binding, r.query)
    ),
    {
      method: 'GET',
      path: '/livez',
      who: 'public',
      handle: () => ({ status: 200, body: { status: 'alive' } })
    },
    { method: 'GET', path: '/readyz', who: 'public', handle: (r) => readiness(edge, phase, r) },
    {
      method: 'GET',
      path: '/metrics',
      who: 'local',
      handle: async () => ({ status: 200, body: await metrics.text(), contentType: metrics.contentType })
    },
    ...edge.api.map(
      (route): Route => ({ ...route, who: route.who ?? 'operator', handle: (r) => route.handle(r) })
    )
  ]
}

function catalog(edge: Edge, { identity, headers }: EdgeRequest): EdgeAnswer {
  if (identity?.kind !== 'platform') throw new Error('an OSB route without its door')
  const { status, headers: answerHeaders, bytes } = catalogAnswer(edge.catalog, identity.platform, headers)
  return { status, body: bytes ?? '', contentType: 'application/json', headers: answerHeaders }
}
