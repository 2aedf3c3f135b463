import type { Handle, Mark } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { numberAt, objectAt, textAt } from '../../src/contract/read.ts'

/** Which bucket, whose it is, and how far it has come. */
export interface Place {
  readonly name: string
  readonly mark: Mark
  /** `chosen`: nothing is there yet. `marked`: the bucket with our tags. `made`: its settings and its users too. */
  readonly stage: 'chosen' | 'marked' | 'made'
}

export function toHandle({ name, mark, stage }: Place): Handle {
  return { v: 1, name, stage, mark: { ...mark } }
}

export function readHandle(handle: Handle): Place {
  if (handle.v !== 1)
    throw new ProviderFailure('unexpected', 'The handle is of a later version of the broker.')
  const mark = objectAt(handle, 'mark')
  return {
    name: textAt(handle, 'name'),
    stage: textAt(handle, 'stage') as Place['stage'],
    mark: {
      broker: textAt(mark, 'broker'),
      resource: textAt(mark, 'resource'),
      generation: numberAt(mark, 'generation')
    }
  }
}
