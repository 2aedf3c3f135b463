import { SWITCH_STATES } from '../../domain/switch.ts'
import type { Asker } from '../../service/switches/asker.ts'
import type { SwitchService } from '../../service/switches/switch-service.ts'
import { originatingIdentity } from '../originating-identity.ts'
import type { ApiRoute, EdgeAnswer, EdgeRequest } from '../route.ts'
import { given } from './given.ts'
import { readQuery } from './query.ts'
import { type FieldReader, readFields } from './read-fields.ts'

const VERSION = { major: 2, minor: 17 } as const
const KINDS = ['switch', 'rehearsal'] as const
const CUTOVERS = ['auto', 'manual'] as const
const DIRECTIVE = ['cutover', 'within', 'accept'] as const

/** `/api/switches`, for operators and for the platforms whose instances move. Described in `openapi.json`. */
export function switchRoutes(service: SwitchService): readonly ApiRoute[] {
  return [
    get('/api/switches', async (r) => ok(await service.list(askerOf(r), listQuery(r)))),
    get('/api/switches/plan', async (r) => ok(await service.plan(askerOf(r), destinationOf(r)))),
    get('/api/switches/:id', async (r) => ok(await service.show(askerOf(r), idOf(r)))),
    get('/api/switches/:id/receipt', async (r) =>
      jwt(await service.receipt(askerOf(r), idOf(r), 'completion'))
    ),
    get('/api/switches/:id/erasure-receipt', async (r) =>
      jwt(await service.receipt(askerOf(r), idOf(r), 'erasure'))
    ),
    post('/api/switches', ['instance', 'plan', 'region', ...DIRECTIVE], (r, fields) =>
      service.begin(askerOf(r), 'switch', requestOf(fields))
    ),
    post('/api/switches/rehearse', ['instance', 'plan', 'region', ...DIRECTIVE], (r, fields) =>
      service.begin(askerOf(r), 'rehearsal', requestOf(fields))
    ),
    post('/api/switches/:id/go', [], (r) => service.go(askerOf(r), idOf(r))),
    post('/api/switches/:id/cancel', [], (r) => service.cancel(askerOf(r), idOf(r))),
    post('/api/switches/:id/back', DIRECTIVE, (r, fields) =>
      service.back(askerOf(r), idOf(r), directiveOf(fields))
    ),
    post('/api/switches/:id/erase', ['confirm'], (r, fields) =>
      service.erase(askerOf(r), idOf(r), fields.text('confirm'))
    )
  ]
}

function get(path: string, handle: (request: EdgeRequest) => Promise<EdgeAnswer>): ApiRoute {
  return { method: 'GET', path, who: 'platform', handle }
}

/** `known`: the fields of its body; the query says nothing. */
function post(
  path: string,
  known: readonly string[],
  serve: (request: EdgeRequest, fields: FieldReader) => Promise<object>
): ApiRoute {
  return {
    method: 'POST',
    path,
    who: 'platform',
    handle: async (request) => {
      readQuery(request.query, [])
      return ok(await serve(request, readFields(request.body, known)))
    }
  }
}

function ok(body: object): EdgeAnswer {
  return { status: 200, body, headers: { 'Cache-Control': 'no-store' } }
}

function jwt(body: string): EdgeAnswer {
  return { ...ok({}), body, contentType: 'application/vc+jwt' }
}

function idOf({ params }: EdgeRequest): string {
  return params['id'] ?? ''
}

function askerOf({ identity, requestId, headers }: EdgeRequest): Asker {
  if (identity === undefined) throw new Error('a route without its door')
  if (identity.kind === 'operator')
    return { kind: 'operator', operator: { username: identity.username, requestId } }
  const claimed = originatingIdentity(headers['x-broker-api-originating-identity'])
  return {
    kind: 'platform',
    caller: {
      platform: identity.platform,
      version: VERSION,
      requestId,
      ...(claimed === undefined ? {} : { originatingIdentity: claimed })
    }
  }
}

function listQuery({ query }: EdgeRequest): Parameters<SwitchService['list']>[1] {
  const reader = readQuery(query, ['limit', 'after', 'instance', 'kind', 'state', 'platform'])
  return given({
    ...reader.paging(),
    instance: reader.text('instance'),
    kind: reader.oneOf('kind', KINDS),
    state: reader.oneOf('state', SWITCH_STATES),
    platform: reader.text('platform')
  })
}

function destinationOf({ query }: EdgeRequest): Parameters<SwitchService['plan']>[1] {
  const reader = readQuery(query, ['instance', 'plan', 'region'])
  return given({
    instance: reader.required('instance'),
    plan: reader.required('plan'),
    region: reader.text('region')
  })
}

function requestOf(fields: FieldReader): Parameters<SwitchService['begin']>[2] {
  return given({
    instance: fields.text('instance'),
    plan: fields.text('plan'),
    region: fields.maybeText('region'),
    directive: directiveOf(fields)
  })
}

function directiveOf(fields: FieldReader): Parameters<SwitchService['back']>[2] {
  return given({
    cutover: fields.maybeOneOf('cutover', CUTOVERS),
    within: fields.maybeText('within'),
    accept: fields.maybeTexts('accept')
  })
}
