import type { OperationKind } from '../../domain/operation.ts'
import type { Kind } from '../kind.ts'
import { ADOPT } from './adopt.ts'
import { DELETE_ORPHAN } from './delete-orphan.ts'

/** What operators do about how providers differ from the store. */
export const DRIFT_KINDS: Readonly<Record<Extract<OperationKind, 'adopt' | 'delete-orphan'>, Kind>> = {
  adopt: ADOPT,
  'delete-orphan': DELETE_ORPHAN
}
