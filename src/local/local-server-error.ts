export type LocalServerKind = 'port-taken' | 'disk-full' | 'permission' | 'missing-binary' | 'other'

/** Why a local server cannot run. `message` is one sentence for the person who typed the command: what is wrong, and what helps. */
export class LocalServerError extends Error {
  override readonly name = 'LocalServerError'
  readonly kind: LocalServerKind

  constructor(kind: LocalServerKind, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.kind = kind
  }
}
