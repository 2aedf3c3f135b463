import { isObject } from '../../contract/read.ts'
import type { InstanceState } from '../../domain/instance.ts'
import { OPERATION_KINDS, type OperationState } from '../../domain/operation.ts'
import { Refusal } from '../../domain/refusal.ts'
import type { OperatorCaller } from '../../service/operator/deps.ts'
import type { OperatorService } from '../../service/operator/operator-service.ts'
import type { ApiRoute, EdgeAnswer, EdgeRequest } from '../route.ts'
import { given } from './given.ts'
import openapi from './openapi.json' with { type: 'json' }
import { readQuery } from './query.ts'
import { type FieldReader, readFields } from './read-fields.ts'

const INSTANCE_STATES: readonly InstanceState[] = ['creating', 'ready', 'failed', 'deleting', 'deleted']
const OPERATION_STATES: readonly OperationState[] = ['in progress', 'succeeded', 'failed']
const VIEWS = ['cloudfoundry', 'kubernetes'] as const
const ADOPTION = [
  'name',
  'plan',
  'service',
  'platform',
  'instance',
  'organization',
  'space',
  'region',
  'parameters',
  'view'
]
const PAGING = ['limit', 'after']

/** `/api` of the operators. Each route is described in `openapi.json`; one that names nobody is for operators only. */
export function operatorRoutes(service: OperatorService): readonly ApiRoute[] {
  return [
    { method: 'GET', path: '/api/openapi.json', who: 'public', handle: () => ok(openapi) },
    get('/api/instances', (r) => service.listInstances(instanceQuery(r))),
    get('/api/instances/:id', (r) => service.showInstance(idOf(r))),
    post('/api/instances/:id/purge', (r) => service.purgeInstance(callerOf(r), idOf(r))),
    postWith('/api/instances/adopt', ADOPTION, (r, fields) =>
      service.adoptInstance(callerOf(r), adoptionOf(fields))
    ),
    post('/api/instances/:id/forget', (r) => service.forgetInstance(callerOf(r), idOf(r))),
    get('/api/drift', () => service.showDrift()),
    postWith('/api/drift/delete', ['provider', 'family', 'name', 'confirm'], (r, fields) =>
      service.deleteOrphan(callerOf(r), orphanOf(fields))
    ),
    get('/api/operations', (r) => service.listOperations(operationQuery(r))),
    get('/api/operations/:id', (r) => service.showOperation(idOf(r))),
    post('/api/operations/:id/retry', (r) => service.retryOperation(callerOf(r), idOf(r))),
    post('/api/operations/:id/fail', (r) => service.failOperation(callerOf(r), idOf(r))),
    post('/api/keys/rotate', (r) => service.rotateKeys(callerOf(r))),
    get('/api/audit', (r) => service.listAudit(auditQuery(r))),
    get('/api/audit/verify', (r) => service.verifyAudit(readQuery(r.query, PAGING).paging())),
    get('/api/audit/export', (r) => service.exportAudit(readQuery(r.query, PAGING).paging())),
    get('/api/recover', () => service.showRecovery()),
    { ...post('/api/recover', (r) => service.recover(callerOf(r))), inRecovery: true },
    get('/api/doctor', () => service.diagnose())
  ]
}

type Serve = (request: EdgeRequest) => Promise<object>

function get(path: string, serve: Serve): ApiRoute {
  return { method: 'GET', path, handle: async (request) => ok(await serve(request)) }
}

/** What is done is said by the path alone. */
function post(path: string, serve: Serve): ApiRoute {
  return {
    method: 'POST',
    path,
    handle: async (request) => {
      readQuery(request.query, [])
      const [field] = isObject(request.body) ? Object.keys(request.body) : []
      if (field !== undefined) throw new Refusal(400, 'The body must be empty, or an empty object.')
      return ok(await serve(request))
    }
  }
}

/** `known`: the fields of its body; the query says nothing. */
function postWith(
  path: string,
  known: readonly string[],
  serve: (request: EdgeRequest, fields: FieldReader) => Promise<object>
): ApiRoute {
  return {
    method: 'POST',
    path,
    handle: async (request) => {
      readQuery(request.query, [])
      return ok(await serve(request, readFields(request.body, known)))
    }
  }
}

function ok(body: object): EdgeAnswer {
  return { status: 200, body, headers: { 'Cache-Control': 'no-store' } }
}

function idOf({ params }: EdgeRequest): string {
  return params['id'] ?? ''
}

function callerOf({ identity, requestId }: EdgeRequest): OperatorCaller {
  if (identity?.kind !== 'operator') throw new Error('a route of the operators without its door')
  return { username: identity.username, requestId }
}

function adoptionOf(fields: FieldReader): Parameters<OperatorService['adoptInstance']>[1] {
  return given({
    name: fields.text('name'),
    plan: fields.text('plan'),
    service: fields.maybeText('service'),
    platform: fields.text('platform'),
    instance: fields.text('instance'),
    organization: fields.maybeText('organization'),
    space: fields.maybeText('space'),
    region: fields.maybeText('region'),
    parameters: fields.maybeObject('parameters'),
    view: fields.maybeOneOf('view', VIEWS)
  })
}

function orphanOf(fields: FieldReader): Parameters<OperatorService['deleteOrphan']>[1] {
  return given({
    provider: fields.text('provider'),
    family: fields.maybeText('family'),
    name: fields.text('name'),
    confirm: fields.text('confirm')
  })
}

function instanceQuery({ query }: EdgeRequest): Parameters<OperatorService['listInstances']>[0] {
  const reader = readQuery(query, [...PAGING, 'platform', 'state'])
  return given({
    ...reader.paging(),
    platform: reader.text('platform'),
    state: reader.oneOf('state', INSTANCE_STATES)
  })
}

function operationQuery({ query }: EdgeRequest): Parameters<OperatorService['listOperations']>[0] {
  const reader = readQuery(query, [...PAGING, 'state', 'kind', 'platform', 'instance'])
  return given({
    ...reader.paging(),
    state: reader.oneOf('state', OPERATION_STATES),
    kind: reader.oneOf('kind', OPERATION_KINDS),
    platform: reader.text('platform'),
    instance: reader.text('instance')
  })
}

function auditQuery({ query }: EdgeRequest): Parameters<OperatorService['listAudit']>[0] {
  const reader = readQuery(query, [...PAGING, 'subject', 'platform', 'actor'])
  return given({
    ...reader.paging(),
    subject: reader.text('subject'),
    platform: reader.text('platform'),
    actor: reader.text('actor')
  })
}
