import type { Access } from './access.ts'
import type { Login, Mark } from './adapter.ts'
import type { JsonObject } from './json.ts'
import type { Move } from './move.ts'
import type { Call } from './ports.ts'

/** Whose conventions the credentials follow; chosen by the platform named in `context`. */
export type View = 'cloudfoundry' | 'kubernetes'

export interface Names {
  /** The resource's name at the provider. */
  readonly resource: string
  readonly mark: Mark
}

/** What a binding's OSB `endpoints` say (2.15 and later). */
export interface Endpoint {
  readonly host: string
  readonly ports: readonly string[]
  readonly protocol: 'tcp' | 'udp' | 'all'
}

/** A release that has more to remove than one step should. */
export interface Unfinished {
  /** For people, shown by last_operation. */
  readonly note: string
}

/** What a service is, whichever provider runs it. */
export interface Family<A extends Access = Access> {
  /** Equals the folder's name and the driver's key. */
  readonly name: string
  /** What a developer may set at provision, JSON Schema draft-04; the core adds `region`. */
  readonly parameters: JsonObject
  /** What a developer may set at bind, JSON Schema draft-04. */
  readonly bindParameters: JsonObject
  /** What must stand inside a ready resource before the first binding. Idempotent. */
  prepare?(
    access: A,
    names: Names,
    options: { readonly defaultPrivileges: boolean },
    call: Call
  ): Promise<void>
  /**
   * Removes what `prepare` made and what only its owner can remove, before the driver's destroy. Idempotent; nothing there is
   * success. One bounded step: `Unfinished` asks to be called again at once.
   */
  release?(access: A, names: Names, call: Call): Promise<void | Unfinished | undefined>
  /** Set where what `release` removes does not go along with a server of its own: it is then called for dedicated plans too. */
  readonly alwaysReleased?: true
  credentials(access: A, login: Login, view: View, parameters: JsonObject): JsonObject
  endpoints?(access: A): readonly Endpoint[]
  /** A working login. Repeated with the same login it gives the same one. Absent: only drivers with their own bind. */
  bind?(access: A, login: Login, parameters: JsonObject, call: Call): Promise<void>
  /**
   * Locked out first; then cleaned up. May be called again at any point; a login that is gone is success. `locked out`: nobody can
   * use the login any more, but something still stands that another call must remove.
   */
  unbind?(access: A, login: Login, call: Call): Promise<'locked out' | 'gone'>
  /** Absent: instances of this family cannot switch provider yet, and the pre-check says so. */
  readonly move?: Move<A>
}
