import type pg from 'pg'
import { ProviderFailure } from '../contract/errors.ts'
import type { Wire } from './strict-client.ts'

/**
 * A COPY as the client library runs statements. The library calls the `handle…` methods; the rows go past it. Simple protocol, so
 * that a server that refuses it in the middle skips by itself what is still on the way.
 */
export class CopyStatement implements pg.Submittable {
  /** The server is ready to be sent rows. */
  readonly accepted: Promise<void>
  /** The server is ready for the next statement; the number of rows it told. */
  readonly ended: Promise<number>
  readonly #sql: string
  readonly #direction: 'from' | 'into'
  #rows: number | undefined
  #isStray = false
  #accept: () => void = () => undefined
  #end: (rows: number) => void = () => undefined
  #fail: (error: unknown) => void = () => undefined

  constructor(sql: string, direction: 'from' | 'into') {
    this.#sql = sql
    this.#direction = direction
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve
      this.#fail = reject
    })
    this.accepted = new Promise((resolve, reject) => {
      this.#accept = resolve
      // Ended without having asked for rows.
      this.ended.then(() => reject(noCopy()), reject)
    })
    // Who looks at only one of the two leaves no unhandled rejection.
    this.accepted.catch(() => undefined)
  }

  submit(connection: unknown): void {
    ;(connection as { query(sql: string): void }).query(this.#sql)
  }

  handleCopyInResponse(wire: Wire): void {
    if (this.#direction === 'into' && this.#rows === undefined) this.#accept()
    else wire.sendCopyFail('no rows were meant to go here')
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const rows = /^COPY (\d+)$/.exec(text)?.[1]
    if (rows === undefined || this.#rows !== undefined) this.#isStray = true
    else this.#rows = Number(rows)
  }

  handleReadyForQuery(): void {
    if (this.#rows === undefined || this.#isStray) this.#fail(noCopy())
    else this.#end(this.#rows)
  }

  handleError(error: unknown): void {
    this.#fail(error)
  }

  handleRowDescription(): void {
    this.#isStray = true
  }

  handleDataRow(): void {
    this.#isStray = true
  }

  handleEmptyQuery(): void {
    this.#isStray = true
  }

  handlePortalSuspended(): void {
    this.#isStray = true
  }

  handleCopyData(): void {
    this.#isStray = true
  }
}

function noCopy(): ProviderFailure {
  return new ProviderFailure('unexpected', 'The database server did not take the statement for one COPY.')
}
