import type { JsonObject } from '../contract/json.ts'
import type { Examination, MoveFigures, MoveFinding, MoveProgress, Verification } from '../contract/move.ts'

/**
 * precheck → provision → ready → freeze → copy → verify → cut-over → completed. From everywhere before the cut-over: `return`,
 * which opens the source again and ends as blocked, rolled back or cancelled. A rehearsal leaves out ready, freeze and cut-over.
 */
export type SwitchState =
  | 'precheck'
  | 'provision'
  | 'ready'
  | 'freeze'
  | 'copy'
  | 'verify'
  | 'cut-over'
  | 'return'
  | EndedSwitchState

/** `blocked`: a finding of the pre-check. `rolled back`: the source is in use as before. `cancelled`: by somebody who may. */
export type EndedSwitchState = 'completed' | 'blocked' | 'rolled back' | 'cancelled'

const ENDED_SWITCH_STATES: readonly EndedSwitchState[] = ['completed', 'blocked', 'rolled back', 'cancelled']

export const SWITCH_STATES: readonly SwitchState[] = [
  'precheck',
  'provision',
  'ready',
  'freeze',
  'copy',
  'verify',
  'cut-over',
  'return',
  ...ENDED_SWITCH_STATES
]

/**
 * Where the operation of a move stands.
 *
 * | stage | what it does |
 * |---|---|
 * | `precheck` | chooses where the target goes, looks at both sides |
 * | `make`, `prepare` | the target, as in a create |
 * | `examine` | looks again, now that the target stands |
 * | `ready` | waits for go |
 * | `gather` | nobody binds any more: shuts out earlier attempts, empties the target |
 * | `freeze`, `copy`, `verify`, `cut-over` | as they say, the logins at the target before the freeze; the freeze is held from one to the next |
 * | `return` | the source is opened again |
 * | `release`, `destroy` | the target of a rehearsal goes |
 */
export type MoveStage =
  | 'precheck'
  | 'make'
  | 'prepare'
  | 'examine'
  | 'ready'
  | 'gather'
  | 'freeze'
  | 'copy'
  | 'verify'
  | 'cut-over'
  | 'return'
  | 'release'
  | 'destroy'

const CLOSED: readonly string[] = [
  'gather',
  'freeze',
  'copy',
  'verify',
  'cut-over',
  'return'
] satisfies MoveStage[]

/** From `gather` to the end nobody binds or unbinds, and what goes wrong must be undone at the source. */
export function isClosed({ stage }: { readonly stage: string }): boolean {
  return CLOSED.includes(stage)
}

/** `parameters.switch` of an update. */
export interface Directive {
  readonly cutover: 'auto' | 'manual'
  /** How long it may wait for `go`, in milliseconds; and then it ends. */
  readonly withinMs?: number
  /** Ids of findings that are accepted. */
  readonly accept: readonly string[]
}

/** Where something stands: names of the catalog. */
export interface Place {
  readonly provider: string
  readonly plan: string
  readonly region: string
}

/** What was measured. Absent until it was. */
export interface SwitchFigures extends MoveFigures {
  /** From the first session shut out to the cut-over, or to the source being open again. Absent in a rehearsal. */
  readonly freezeMs?: number
  readonly copyMs: number
  readonly verifyMs: number
}

/** How a retained source was erased, and how it was seen. */
export interface Erasure {
  readonly at: number
  /** `retention` when its time was over, else who ordered it: `operator:anna`, `platform`. */
  readonly orderedBy: string
  /** How it was seen that nothing is left, one sentence each. */
  readonly proof: readonly string[]
}

/** A move of one instance, or its rehearsal. Its id is its operation's. */
export interface Switch {
  readonly id: string
  readonly kind: 'switch' | 'rehearsal'
  readonly platform: string
  /** Our id. */
  readonly instance: string
  /** Our ids of the resources. */
  readonly fromResource: string
  readonly toResource: string
  readonly from: Place
  readonly to: Place
  readonly state: SwitchState
  readonly directive: Directive
  /** Somebody said go. */
  readonly go: boolean
  /** Every state it entered, and when. The first is its request. */
  readonly timeline: readonly { readonly state: SwitchState; readonly at: number }[]
  readonly progress?: MoveProgress
  /** Of the last pre-check. */
  readonly examination?: Examination
  readonly figures?: SwitchFigures
  readonly verification?: Verification
  /** Why it did not complete, by object where there is one. */
  readonly reason?: string
  /** VC-JWT: what was moved, verified and how long it took. */
  readonly receipt?: string
  /** Until when the source is kept; from the cut-over on. */
  readonly retrievalUntil?: number
  readonly erasure?: Erasure
  /** VC-JWT: that the source is erased. */
  readonly erasureReceipt?: string
  readonly createdAt: number
  readonly endedAt?: number
}

/** What was measured so far. */
export function figuresOf({ figures }: Pick<Switch, 'figures'>): SwitchFigures {
  return figures ?? { bytes: 0, rows: 0, objects: 0, copyMs: 0, verifyMs: 0 }
}

export function hasEnded(state: SwitchState): state is EndedSwitchState {
  return (ENDED_SWITCH_STATES as readonly string[]).includes(state)
}

/** What keeps a switch from being begun, given what was accepted. */
export function blockers(
  findings: readonly MoveFinding[],
  accepted: readonly string[]
): readonly MoveFinding[] {
  return findings.filter(
    ({ id, level }) => level === 'blocking' || (level === 'accept' && !accepted.includes(id))
  )
}

const UNIT_MS = { D: 86_400_000, H: 3_600_000, M: 60_000, S: 1000 } as const

/** The directive of an update whose parameters have passed the update schema; its duration is as `PT24H`. */
export function readDirective(value: JsonObject | undefined): Directive {
  const { cutover, within, accept } = value ?? {}
  return {
    cutover: cutover === 'manual' ? 'manual' : 'auto',
    accept: Array.isArray(accept) ? accept.map(String) : [],
    ...(typeof within === 'string' ? { withinMs: durationMs(within) } : {})
  }
}

/** ISO 8601, as far as the update schema lets it through: days, hours, minutes, seconds. */
export function durationMs(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)([DHMS])/g)]
  return parts.reduce((sum, [, many, unit]) => sum + Number(many) * UNIT_MS[unit as keyof typeof UNIT_MS], 0)
}
