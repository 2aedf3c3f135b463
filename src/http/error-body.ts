import type { Refusal } from '../domain/refusal.ts'
import type { OsbCall } from './route.ts'

const ERRORS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'PreconditionFailed',
  413: 'ContentTooLarge',
  422: 'UnprocessableContent',
  429: 'TooManyRequests',
  431: 'RequestHeaderFieldsTooLarge',
  500: 'InternalError',
  503: 'ServiceUnavailable'
}

export interface ErrorBody {
  readonly error?: string
  readonly description: string
  readonly instance_usable?: boolean
  readonly update_repeatable?: boolean
}

export function errorBody(status: number, description: string, error = ERRORS[status]): ErrorBody {
  return { ...(error && { error }), description: description || 'The request could not be served.' }
}

/** OSB "Broker Errors": the two flags belong to update and deprovision only. */
export function refusalBody({ status, message, options }: Refusal, call: OsbCall | undefined): ErrorBody {
  const { instanceUsable, updateRepeatable } = options
  const tellsUsable = call === 'update' || call === 'deprovision'
  return {
    ...errorBody(status, message, options.error),
    ...(tellsUsable && instanceUsable !== undefined && { instance_usable: instanceUsable }),
    ...(call === 'update' && updateRepeatable !== undefined && { update_repeatable: updateRepeatable })
  }
}
