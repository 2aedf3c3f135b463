import type { Handle, Mark } from './adapter.ts'
import { ProviderFailure } from './errors.ts'
import type { JsonObject } from './json.ts'
import { numberAt, objectAt, textAt } from './read.ts'

/** Where an instance is on a server of the operator's own, how far it has come, and what its plan says. */
export interface ServerPlace<Size extends object> {
  readonly server: string
  readonly name: string
  readonly mark: Mark
  readonly size: Size
  /** `chosen`: nothing is there yet. `marked`: the server knows whose it is. `made`: all of it stands. */
  readonly stage: 'chosen' | 'marked' | 'made'
}

export function toHandle<Size extends object>(place: ServerPlace<Size>): Handle {
  const { server, name, mark, size, stage } = place
  // An interface of JSON values has no index of its own.
  return { v: 1, server, name, stage, mark: { ...mark }, size: { ...size } as JsonObject }
}

export function placeIn<Size extends object>(
  handle: Handle,
  readSize: (size: JsonObject) => Size
): ServerPlace<Size> {
  if (handle.v !== 1)
    throw new ProviderFailure('unexpected', 'The handle is of a later version of the broker.')
  const mark = objectAt(handle, 'mark')
  return {
    server: textAt(handle, 'server'),
    name: textAt(handle, 'name'),
    stage: textAt(handle, 'stage') as ServerPlace<Size>['stage'],
    mark: {
      broker: textAt(mark, 'broker'),
      resource: textAt(mark, 'resource'),
      generation: numberAt(mark, 'generation')
    },
    size: readSize(objectAt(handle, 'size'))
  }
}
