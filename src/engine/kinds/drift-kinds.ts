import type { OperationKind } from '../../domain/operation.ts'
import type { Kind } from '../kind.ts'
import { ADOPT } from './adopt.ts'
import { DELETE_ORPHAN } from './delete-orphan.ts'
import { LOOK } from './look.ts'

/** How providers differ from the store: finding it out, and what operators do about it. */
export const DRIFT_KINDS: Readonly<Record<Extract<OperationKind, 'adopt' | 'delete-orphan' | 'look'>, Kind>> =
  {
    adopt: ADOPT,
    'delete-orphan': DELETE_ORPHAN,
    look: LOOK
  }
