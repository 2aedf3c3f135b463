import type { OperationKind } from '../domain/operation.ts'
import type { Kind } from '../engine/kind.ts'
import type { MoveDeps } from './deps.ts'
import { eraseKind } from './erase.ts'
import { retainKind } from './retain.ts'
import { rehearsalKind, switchKind } from './switch-kind.ts'

type MoveKind = Extract<OperationKind, 'switch' | 'rehearse' | 'retain' | 'erase'>

/** Operations of a move, beside those without which there is no broker. */
export function moveKinds(deps: MoveDeps): Readonly<Record<MoveKind, Kind>> {
  return {
    switch: switchKind(deps),
    rehearse: rehearsalKind,
    retain: retainKind(deps),
    erase: eraseKind(deps)
  }
}
