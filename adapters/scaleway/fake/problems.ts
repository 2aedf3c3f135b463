import { Problem } from '../../../test/support/fake/problem.ts'

export type Reason = 'required' | 'format' | 'constraint' | 'unknown'

export function invalidArgument(name: string, reason: Reason, help = ''): Problem {
  return new Problem(400, {
    details: [{ argument_name: name, help_message: help, reason }],
    message: 'invalid argument(s)',
    type: 'invalid_arguments'
  })
}

export function deniedAuthentication(reason: 'invalid_argument' | 'not_found'): Problem {
  return new Problem(401, {
    message: 'authentication is denied',
    method: 'api_key',
    reason,
    type: 'denied_authentication'
  })
}

export function deniedPermission(resource: string, action: string): Problem {
  return new Problem(403, {
    details: [{ action, resource }],
    message: 'insufficient permissions',
    type: 'permissions_denied'
  })
}

export function notFound(resource: string, id: string): Problem {
  return new Problem(404, {
    message: 'resource is not found',
    resource,
    resource_id: id,
    type: 'not_found'
  })
}

export function transientState(id: string, state: string, resource = 'instance'): Problem {
  return new Problem(409, {
    current_state: state,
    message: 'resource is in a transient state',
    resource,
    resource_id: id,
    type: 'transient_state'
  })
}

export function alreadyExists(resource: string, id: string): Problem {
  return new Problem(409, {
    help_message: 'the resource exists already',
    message: 'resource already exists',
    resource,
    resource_id: id,
    type: 'already_exists'
  })
}

/** It comes without a list of arguments. */
export function cannotBeDropped(): Problem {
  return new Problem(400, {
    message: 'user cannot be dropped because some objects or privileges depend on it',
    type: 'invalid_arguments'
  })
}

/** A user that was made a moment ago. */
export function noSuchUserYet(): Problem {
  return new Problem(409, { message: 'user does not exist yet' })
}

export function tupleConflict(): Problem {
  return new Problem(409, { message: 'Tuple concurrently updated' })
}

export function tooManyRequests(resetSeconds: number): Problem {
  return new Problem(
    429,
    {
      help_message: 'wait',
      limit: { quota: 100, window_seconds: 60 },
      message: 'too many requests',
      reset_at: new Date(Date.now() + resetSeconds * 1000).toISOString(),
      reset_seconds: resetSeconds,
      type: 'too_many_requests'
    },
    { 'retry-after': String(resetSeconds) }
  )
}

export function outOfStock(resource: string): Problem {
  return new Problem(503, { message: 'resource is out of stock', resource, type: 'out_of_stock' })
}

export function quotaExceeded(current: number, quota: number, resource = 'RdbInstances'): Problem {
  return new Problem(403, {
    details: [{ current, quota, resource }],
    message: 'quota(s) exceeded for this resource',
    type: 'quotas_exceeded'
  })
}
