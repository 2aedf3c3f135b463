/** OSB 2.17 "Error Codes", with the sentences that clients compare to the letter. */
export const SENTENCES = {
  AsyncRequired: 'This service plan requires client support for asynchronous service operations.',
  ConcurrencyError: 'The Service Broker does not support concurrent requests that mutate the same resource.',
  RequiresApp: 'This service supports generation of credentials through binding an application only.',
  MaintenanceInfoConflict:
    "The maintenance_info.version field provided in the request does not match the maintenance_info.version field provided in the Service Broker's Catalog."
} as const

export interface RefusalOptions {
  /** OSB `error`: one CamelCase word. */
  readonly error?: string
  /** Only on errors of update and deprovision. */
  readonly instanceUsable?: boolean
  /** Only on errors of update. */
  readonly updateRepeatable?: boolean
  readonly retryAfterSeconds?: number
}

/** An answer that is not a success, meant for the caller: the edge turns it into status, `error` and `description`. Nothing was changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly options: RefusalOptions

  constructor(status: number, description: string, options: RefusalOptions = {}) {
    super(description)
    this.status = status
    this.options = options
  }
}

export function refuse(error: keyof typeof SENTENCES): Refusal {
  return new Refusal(422, SENTENCES[error], { error })
}
