import type { Handle, Mark } from '../../../src/contract/adapter.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { isObject, numberAt, objectAt, textAt } from '../../../src/contract/read.ts'

/** An instance has one application for each; a binding is a key of one of them. */
export const ACCESSES = ['read-write', 'read-only'] as const

export type Access = (typeof ACCESSES)[number]

type ByAccess = Readonly<Partial<Record<Access, string>>>

/** Which bucket, whose it is, and how far it has come. */
export interface Place {
  readonly name: string
  readonly mark: Mark
  readonly region: string
  /** `chosen`: nothing is there yet. `marked`: the bucket, tagged and closed. `made`: its settings, and who may use it. */
  readonly stage: 'chosen' | 'marked' | 'made'
  /** Their ids at IAM, as far as they are known. */
  readonly applications: ByAccess
  /** The ids of the IAM policies that give these applications rights over object storage. */
  readonly rights: ByAccess
  /** As whom the broker is named in the bucket's policy. */
  readonly broker?: string
  /** Every attempt to make something had ended by then (RFC 3339). */
  readonly quietSince?: string
  /** Nothing of it was to be seen when its removal looked first (RFC 3339). */
  readonly absentSince?: string
}

export function toHandle(place: Place): Handle {
  const { mark, applications, rights, ...rest } = place
  return { v: 1, ...rest, mark: { ...mark }, applications: { ...applications }, rights: { ...rights } }
}

export function readHandle(handle: Handle): Place {
  if (handle.v !== 1) {
    throw new ProviderFailure('unexpected', `a handle of version ${handle.v} is not known`)
  }
  const mark = objectAt(handle, 'mark')
  const { broker, quietSince, absentSince } = handle
  return {
    name: textAt(handle, 'name'),
    mark: {
      broker: textAt(mark, 'broker'),
      resource: textAt(mark, 'resource'),
      generation: numberAt(mark, 'generation')
    },
    region: textAt(handle, 'region'),
    stage: textAt(handle, 'stage') as Place['stage'],
    applications: idsAt(handle, 'applications'),
    rights: idsAt(handle, 'rights'),
    ...(typeof broker === 'string' ? { broker } : {}),
    ...(typeof quietSince === 'string' ? { quietSince } : {}),
    ...(typeof absentSince === 'string' ? { absentSince } : {})
  }
}

function idsAt(handle: JsonObject, key: string): ByAccess {
  const ids = handle[key]
  if (!isObject(ids)) return {}
  return Object.fromEntries(
    ACCESSES.flatMap((access) => (typeof ids[access] === 'string' ? [[access, ids[access]]] : []))
  )
}

/** All that IAM has of it is known by its id, so nothing can still become visible. */
export function isWhole({ applications, rights }: Place): boolean {
  return ACCESSES.every((access) => applications[access] !== undefined && rights[access] !== undefined)
}
