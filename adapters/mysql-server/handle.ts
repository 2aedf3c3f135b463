import type { Handle, Mark } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { numberAt, objectAt, textAt } from '../../src/contract/read.ts'
import type { PlanSize } from './plan.ts'

/** Where a database is, how far it has come, and what its plan says. */
export interface Place {
  readonly server: string
  readonly name: string
  readonly mark: Mark
  readonly size: PlanSize
  /** `chosen`: nothing is there yet. `marked`: the mark. `made`: the database too. */
  readonly stage: 'chosen' | 'marked' | 'made'
}

export function toHandle(place: Place): Handle {
  const { server, name, mark, size, stage } = place
  return { v: 1, server, name, stage, mark: { ...mark }, size: { ...size } }
}

export function readHandle(handle: Handle): Place {
  if (handle.v !== 1)
    throw new ProviderFailure('unexpected', 'The handle is of a later version of the broker.')
  const mark = objectAt(handle, 'mark')
  const size = objectAt(handle, 'size')
  const { bindingConnections } = size
  return {
    server: textAt(handle, 'server'),
    name: textAt(handle, 'name'),
    stage: textAt(handle, 'stage') as Place['stage'],
    mark: {
      broker: textAt(mark, 'broker'),
      resource: textAt(mark, 'resource'),
      generation: numberAt(mark, 'generation')
    },
    size: {
      connections: numberAt(size, 'connections'),
      ...(typeof bindingConnections === 'number' && { bindingConnections })
    }
  }
}
