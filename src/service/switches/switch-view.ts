import { secondsLeft, shareOf } from '../../domain/move-progress.ts'
import type { Cancel, Operation } from '../../domain/operation.ts'
import {
  hasEnded,
  type Place,
  type Switch,
  type SwitchFigures,
  type SwitchState
} from '../../domain/switch.ts'
import { timeOf, times } from '../operator/time.ts'

/** A switch, or its rehearsal, as operators and its platform see it. Times are ISO 8601. */
export interface SwitchView {
  readonly id: string
  readonly kind: Switch['kind']
  readonly platform: string
  /** Our id of the instance. */
  readonly instance: string
  /** The platform's own. */
  readonly osbInstance: string
  readonly from: Place
  readonly to: Place
  readonly state: SwitchState
  readonly cutover: 'auto' | 'manual'
  /** Findings that were accepted. */
  readonly accept: readonly string[]
  /** Everything stands, and somebody has to say go. */
  readonly waitsForGo: boolean
  /** It ends as soon as its step has. */
  readonly cancel?: Cancel
  /** When it gives up; only while it is under way. */
  readonly deadlineAt?: string
  /** Every state it entered. */
  readonly timeline: readonly { readonly state: SwitchState; readonly at: string }[]
  /** Of the copy or the verification, while they run. */
  readonly progress?: ProgressView
  /** How long nobody could write so far; only while that is so. */
  readonly frozenMs?: number
  readonly figures?: SwitchFigures
  /** Why it did not complete. */
  readonly reason?: string
  /** Until when the source is kept. */
  readonly retrievalUntil?: string
  readonly erasure?: { readonly at: string; readonly orderedBy: string; readonly proof: readonly string[] }
  readonly hasReceipt: boolean
  readonly hasErasureReceipt: boolean
  readonly createdAt: string
  readonly endedAt?: string
}

export interface ProgressView {
  readonly bytes: number
  readonly totalBytes: number
  readonly objects: number
  readonly totalObjects: number
  readonly percent: number
  readonly secondsLeft?: number
  /** What is worked on now. */
  readonly what?: string
}

/** What a view tells besides the record. */
export interface Surroundings {
  readonly osbInstance: string
  /** Its own, while it is kept. */
  readonly operation: Operation | undefined
  readonly now: number
}

const COUNTED: readonly SwitchState[] = ['copy', 'verify']
const FROZEN: readonly SwitchState[] = ['freeze', 'copy', 'verify', 'cut-over', 'return']

export function switchView(record: Switch, { osbInstance, operation, now }: Surroundings): SwitchView {
  const { id, kind, platform, instance, from, to, state, directive, timeline, createdAt, endedAt } = record
  const open = operation?.state === 'in progress' ? operation : undefined
  return {
    id,
    kind,
    platform,
    instance,
    osbInstance,
    from,
    to,
    state,
    cutover: directive.cutover,
    accept: directive.accept,
    waitsForGo: state === 'ready' && directive.cutover === 'manual' && !record.go,
    ...(open?.cancel === undefined ? {} : { cancel: open.cancel }),
    ...times({ deadlineAt: open?.deadlineAt }),
    timeline: timeline.map((each) => ({ state: each.state, at: timeOf(each.at) })),
    ...progressOf(record, now),
    ...frozenOf(record, now),
    ...outcomeOf(record),
    hasReceipt: Boolean(record.receipt),
    hasErasureReceipt: Boolean(record.erasureReceipt),
    createdAt: timeOf(createdAt),
    ...times({ endedAt })
  }
}

function progressOf(record: Switch, now: number): { readonly progress?: ProgressView } {
  const { progress, state, timeline } = record
  if (!progress || !COUNTED.includes(state)) return {}
  const share = shareOf(progress)
  const left = secondsLeft(share, now - (timeline.at(-1)?.at ?? now))
  return {
    progress: {
      ...progress,
      percent: Math.floor(share * 100),
      ...(left === undefined ? {} : { secondsLeft: left })
    }
  }
}

function frozenOf({ kind, state, timeline }: Switch, now: number): { readonly frozenMs?: number } {
  const since = timeline.find((each) => each.state === 'freeze')?.at
  const isFrozen = kind === 'switch' && since !== undefined && FROZEN.includes(state)
  return isFrozen ? { frozenMs: Math.max(0, now - since) } : {}
}

function outcomeOf({ figures, reason, retrievalUntil, erasure, state }: Switch) {
  return {
    ...(figures ? { figures } : {}),
    ...(reason === undefined || !(hasEnded(state) || state === 'return') ? {} : { reason }),
    ...times({ retrievalUntil }),
    ...(erasure ? { erasure: { ...erasure, at: timeOf(erasure.at) } } : {})
  }
}
