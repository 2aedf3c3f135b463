import type { Access } from './access.ts'
import type { Login } from './adapter.ts'
import type { Names } from './family.ts'
import type { JsonObject } from './json.ts'
import type { Call, MoveCall } from './ports.ts'

/** One of the two resources of a move. */
export interface MoveSide<A extends Access = Access> {
  readonly access: A
  readonly names: Names
}

/** A binding's login at the source, and what it is at the target: the same, unless its name is taken there. */
export interface MovedLogin {
  readonly from: Login
  readonly to: Login
  readonly parameters: JsonObject
}

/** A move under way, as one process works on it. Everything a method needs to be called again after a crash. */
export interface Moving<A extends Access = Access> {
  readonly from: MoveSide<A>
  readonly to: MoveSide<A>
  /** Every binding that may log in. Nobody binds or unbinds from the freeze to the cut-over. */
  readonly logins: readonly MovedLogin[]
  readonly attempt: MoveAttempt
  /** Told often, kept rarely: cheap to call. */
  told(progress: MoveProgress): void
}

/** What there is of a move at its source. */
export type Source<A extends Access = Access> = Pick<Moving<A>, 'from' | 'logins' | 'attempt'>

/** Names the throwaway logins of one attempt. A later attempt has a higher number. */
export interface MoveAttempt {
  /** Of the operation; only for names and comments. */
  readonly operation: string
  readonly number: number
  /** A password for a throwaway login, the same for the same label of this attempt. */
  secret(label: string): string
}

export interface MoveProgress {
  readonly bytes: number
  readonly totalBytes: number
  /** Tables, large objects, indexes …: what the family counts. */
  readonly objects: number
  readonly totalObjects: number
  /** What is worked on now, for people: `index shop.orders_pkey`. Never a value. */
  readonly what?: string
}

/**
 * | level | a switch |
 * |---|---|
 * | `blocking` | is not begun |
 * | `accept` | is begun only when the directive's `accept` has the id |
 * | `warning`, `note` | is begun; it is told |
 */
export type MoveFindingLevel = 'blocking' | 'accept' | 'warning' | 'note'

/** One line of a pre-check. */
export interface MoveFinding {
  /** Stable, lower case with hyphens: `force-row-level-security`. */
  readonly id: string
  readonly level: MoveFindingLevel
  /** What it is about: `table shop.tenants_data`, `source`, `target`, `work disk`. */
  readonly subject: string
  readonly text: string
  /** What would mend it: a statement, a setting, a package. */
  readonly remedy?: string
}

/** What a pre-check saw. Nothing was touched. */
export interface Examination {
  readonly findings: readonly MoveFinding[]
  /** Of the source. */
  readonly size: { readonly bytes: number; readonly objects: number }
  /** Of an offline move, where the freeze lasts as long as copy and verification. */
  readonly estimate: { readonly copySeconds: number; readonly freezeSeconds: number }
  /** What the application will feel, one sentence each. */
  readonly effects: readonly string[]
}

/** A stand of the source that cannot change while this is held; dies with the process that holds it. */
export interface Hold {
  /** What `copy` and `verify` read under, for who knows what it means. */
  readonly snapshot: string
  /** Throws when it is not held any more, or when somebody else is in. */
  check(): Promise<void>
  /** Ends it. What a freeze changed at the source besides stays until `thaw`. Never throws. */
  release(): Promise<void>
}

export interface MoveFigures {
  /** Sent to the target. */
  readonly bytes: number
  readonly rows: number
  readonly objects: number
}

export interface MoveDifference {
  /** `table shop.orders`, `sequence shop.order_id`, `grant on table shop.orders`. */
  readonly object: string
  /** For people: what the source has and what the target has, cut to a few hundred characters, never a row's value. */
  readonly source: string
  readonly target: string
}

/** `unverifiable`: could not be verified, which is never taken for equal. */
export type Verdict = 'equal' | 'different' | 'unverifiable'

export interface Verification {
  readonly verdict: Verdict
  /** The first hundred, in the order of their names. Empty when equal. */
  readonly differences: readonly MoveDifference[]
  /** All of them. */
  readonly different: number
  /** What could not be looked at, and why; one sentence each. */
  readonly unverified: readonly string[]
  /** What was compared: by kind of object, how many. */
  readonly compared: Readonly<Record<string, number>>
  /** What differs on purpose: `mapped: table a belonged to a login, belongs to the group`. One sentence each. */
  readonly notes: readonly string[]
  /** SHA-256 over everything compared on the source: what a receipt carries. */
  readonly digest: string
}

/**
 * How an instance of a family moves from one resource to another. The core decides when; every method may be called again
 * after any crash. `from` and `to` are two servers or one.
 */
export interface Move<A extends Access = Access> {
  /**
   * Only looks. `to`: the way into the target, which stands or, where `stands` is false, has only a server that can be asked.
   * Absent: nothing can be asked yet.
   */
  examine(
    from: MoveSide<A>,
    to: { readonly access: A; readonly stands: boolean } | undefined,
    call: MoveCall
  ): Promise<Examination>
  /**
   * Shuts out what earlier attempts left on both sides (their throwaway logins and their sessions), and empties the target:
   * afterwards it is as `prepare` made it. Then makes this attempt's throwaway logins.
   */
  begin(moving: Moving<A>, call: MoveCall): Promise<void>
  /** The source as it is at one moment, while it lives on: for a rehearsal. After `begin`. */
  pin(moving: Moving<A>, call: MoveCall): Promise<Hold>
  /** From here on nobody but us can write to the source. After `begin`. When it throws, `thaw` follows. */
  freeze(moving: Moving<A>, call: MoveCall): Promise<Hold>
  /**
   * The source is as it was before `freeze` began, and its throwaway logins are gone. Idempotent, whatever stands. It depends on
   * nothing of the target, which may be out of reach, and goes as a whole afterwards.
   */
  thaw(source: Source<A>, call: MoveCall): Promise<void>
  /** Fills the empty target. The logins of `logins` stand there already. What it throws names the object, and holds no row. */
  copy(moving: Moving<A>, hold: Hold, call: MoveCall): Promise<MoveFigures>
  /** Compares the two sides by means of its own; believes nothing that copied. Throws only what another try may mend. */
  verify(moving: Moving<A>, hold: Hold, call: MoveCall): Promise<Verification>
  /**
   * After the cut-over: nobody uses the source any more, for as long as it is kept. Its logins cannot log in and have other
   * names, so that a later move back may use theirs; throwaway logins are gone from both sides. Idempotent.
   */
  retire(moving: Moving<A>, call: MoveCall): Promise<void>
  /**
   * A move has ended here: `retire` has kept that at the server itself. Asked before a target is destroyed, for books that are
   * older than the cut-over.
   */
  isInUse?(side: MoveSide<A>, call: Call): Promise<boolean>
  /** Logins that the source has refused since it was retired, where it can be told. */
  refused?(
    from: MoveSide<A>,
    call: MoveCall
  ): Promise<readonly { readonly login: string; readonly times: number }[]>
  /** After the erasure: how it was seen that nothing is left and nobody gets in. Throws when something is. One sentence each. */
  proveErased(from: MoveSide<A>, call: MoveCall): Promise<readonly string[]>
}
