import type { JsonObject } from '../../../src/contract/json.ts'
import { Problem } from '../../../test/support/fake/problem.ts'

function problem(status: number, kind: string, message: string, more: JsonObject = {}): Problem {
  return new Problem(status, { class: kind, message, ...more })
}

export function badRequest(word: string, message: string): Problem {
  return problem(400, `Client::BadRequest${word === '' ? '' : `::${word}`}`, message)
}

/** A field that is missing, unknown or of another type. */
export function invalidParameter(message: string): Problem {
  return badRequest('', message)
}

export function noUpdate(): Problem {
  return badRequest('NoUpdate', 'No update required')
}

export function invalidTimestamp(): Problem {
  return problem(400, 'Client::BadRequest', 'Invalid timestamp', {
    errorCode: 'QUERY_TIME_OUT',
    httpCode: '400 Bad Request'
  })
}

export function unauthorized(): Problem {
  return problem(401, 'Client::Unauthorized::InvalidAuthToken', 'This credential is not valid')
}

export function invalidSignature(): Problem {
  return problem(400, 'Client::BadRequest', 'Invalid signature', {
    errorCode: 'INVALID_SIGNATURE',
    httpCode: '400 Bad Request'
  })
}

export function forbidden(action: string): Problem {
  return problem(403, 'Client::Forbidden', 'User not authorized for this action', {
    details: { unauthorizedActionsByIAM: action, unauthorizedActionsByAuthentication: '' }
  })
}

export function quotaExceeded(what: string): Problem {
  return problem(403, 'Client::Forbidden', `Quota exceeded: too many ${what}`)
}

export function notFound(what: string, message = `${what} does not exist`): Problem {
  return problem(404, `Client::NotFound::${what}`, message)
}

/** The object storage behind has no classes. */
export function storageNotFound(what: string): Problem {
  return problem(404, 'Client::NotFound', `not found: ${what} not found`)
}

export function bucketTaken(): Problem {
  return problem(409, 'Client::Conflict', 'bucket name already exists')
}

/** What OVHcloud says of an address it does not have. */
export function unknownUrl(): Problem {
  return problem(404, 'Client::NotFound', 'Got an invalid (or empty) URL')
}

export function noSuchProject(): Problem {
  return problem(404, 'Client::NotFound', 'This service does not exist')
}

export function noOffer(): Problem {
  return notFound('NoMatchingAvailability', 'No offer matches the requested parameters')
}

export function conflict(word: string, message: string): Problem {
  return problem(409, `Client::Conflict::${word}`, message)
}

export function tooManyRequests(resetSeconds: number): Problem {
  return new Problem(
    429,
    { class: 'Client::TooManyRequests', message: 'Too many requests' },
    { 'retry-after': String(resetSeconds) }
  )
}

export function internalError(): Problem {
  return problem(500, 'Server::InternalServerError', 'An internal error occurred')
}
