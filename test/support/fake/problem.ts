import type { Json } from '../../../src/contract/json.ts'

export interface Reply {
  readonly status: number
  readonly body?: Json
  readonly headers?: Readonly<Record<string, string>>
}

/** A request as it arrived; the fake parses the body as its provider would. */
export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** An answer that is no success, in the provider's own form. */
export class Problem extends Error implements Reply {
  override readonly name = 'Problem'
  readonly status: number
  readonly body: Json
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, body: Json, headers: Readonly<Record<string, string>> = {}) {
    super(JSON.stringify(body))
    this.status = status
    this.body = body
    this.headers = headers
  }
}
