import type { OperationKind } from '../domain/operation.ts'
import type { Kind } from '../engine/kind.ts'

type MoveKind = Extract<OperationKind, 'switch' | 'rehearse' | 'retain' | 'erase'>

/** Operations of a move, beside those without which there is no broker. */
export const MOVE_KINDS: Readonly<Record<MoveKind, Kind>> = {
  switch: unbuilt(),
  rehearse: unbuilt(),
  retain: unbuilt(),
  erase: unbuilt()
}

function unbuilt(): Kind {
  return {
    step: () => Promise.reject(new Error('it is not built yet')),
    success: () => Promise.resolve(),
    failure: () => Promise.resolve()
  }
}
